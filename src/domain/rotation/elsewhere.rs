//! Texts that stand where a value does and are none: they say where it is, or are a form of it that only some program
//! reads. Over such a text no value is written unasked.

use super::place::{Recipe, Sink};

/// What such a text is, and what to do instead of writing over it. None where `text` may be a value; `expands` says
/// whether what reads it replaces `$NAME` and `$(command)` in it.
pub fn elsewhere(text: &str, expands: bool) -> Option<(String, String)> {
    let text = text.trim();
    let found = |what: &str, instead: String| Some((what.to_owned(), instead));
    let place = |sink: &Sink| format!("name {sink} as the place");
    if let Some(rest) = text.strip_prefix("op://") {
        // a section may stand between the item and the field
        let parts: Vec<&str> = rest.split('/').collect();
        let instead = match parts[..] {
            [vault, item, field] | [vault, item, _, field] => place(&Sink::Recipe {
                recipe: Recipe::OnePassword,
                target: format!("{vault}/{item}"),
                field: field.split('?').next().unwrap_or_default().to_owned(),
            }),
            _ => "name op:VAULT/ITEM:FIELD as the place".to_owned(),
        };
        return found("a reference to 1Password", instead);
    }
    for prefix in ["vault://", "vault:", "ref+vault://"] {
        let Some(rest) = text.strip_prefix(prefix) else { continue };
        let instead = match rest.trim_start_matches('/').rsplit_once('#') {
            Some((path, field)) if !path.is_empty() && !field.is_empty() => place(&Sink::Recipe {
                recipe: Recipe::Vault,
                // the API's path has a word in it that the program's has not
                target: path.replacen("/data/", "/", 1),
                field: field.trim_start_matches('/').to_owned(),
            }),
            _ => "name vault:PATH:FIELD as the place".to_owned(),
        };
        return found("a reference to Vault", instead);
    }
    if text.starts_with("arn:aws") && text.contains(":secretsmanager:") {
        return found("a reference to AWS Secrets Manager", format!("name aws:{text} as the place"));
    }
    if REFERENCES.iter().any(|prefix| text.starts_with(prefix)) {
        return found(
            "a reference to another store",
            "name that store as the place, or a command that writes it".into(),
        );
    }
    for (prefix, whose, program) in CIPHERTEXTS {
        if text.starts_with(prefix) {
            return found(&format!("a ciphertext of {whose}"), format!("name a command that writes it with {program}"));
        }
    }
    if text.contains("{{") && text.contains("}}") {
        return found("a template", "name the place that it is filled in from".into());
    }
    if expands { expansion(text) } else { None }
}

/// What a shell or a loader puts in place of the text.
fn expansion(text: &str) -> Option<(String, String)> {
    if text.contains("$(") || (text.starts_with('`') && text.ends_with('`')) {
        return Some((
            "what a command prints".to_owned(),
            "name the place that it reads, or a command that writes it".to_owned(),
        ));
    }
    let behind = &text[text.find('$')? + 1..];
    let (name, braced) = match behind.strip_prefix('{') {
        Some(rest) => (rest, true),
        None => (behind, false),
    };
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let has_fallback = braced && !rest.starts_with('}');
    let what = if has_fallback {
        format!("the value of {name} with a fallback beside it")
    } else {
        format!("the value of {name}")
    };
    Some((what, format!("name the place where {name} gets its value")))
}

/// How references to stores begin that keydeck has no ready way to.
const REFERENCES: [&str; 16] = [
    "ref+",
    "secretref:",
    "secret://",
    "secrets://",
    "sm://",
    "gcpsm://",
    "awssm://",
    "awsps://",
    "aws-sm://",
    "arn:aws",
    "akv://",
    "azurekeyvault://",
    "@Microsoft.KeyVault(",
    "keyring://",
    "bws://",
    "infisical://",
];

/// How ciphertexts begin, whose they are, and what writes them.
const CIPHERTEXTS: [(&str, &str, &str); 6] = [
    ("ENC[", "sops", "sops set"),
    ("encrypted:", "dotenvx", "dotenvx"),
    ("$ANSIBLE_VAULT", "Ansible", "ansible-vault"),
    ("-----BEGIN AGE ENCRYPTED FILE-----", "age", "age"),
    ("age-encryption.org/", "age", "age"),
    ("-----BEGIN PGP MESSAGE-----", "GnuPG", "gpg"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refers_elsewhere_is_told_with_the_place_it_refers_to() {
        for (text, what, instead) in [
            ("op://Prod/keydeck/credential", "1Password", "op:Prod/keydeck:credential"),
            ("op://Prod/keydeck/login/credential?attribute=x", "1Password", "op:Prod/keydeck:credential"),
            ("op://Prod", "1Password", "op:VAULT/ITEM:FIELD"),
            ("vault:secret/data/app#key", "Vault", "vault:secret/app:key"),
            ("ref+vault://secret/app#/key", "Vault", "vault:secret/app:key"),
            ("arn:aws:secretsmanager:eu-1:1:secret:x", "Secrets Manager", "aws:arn:aws:secretsmanager:eu-1:1:secret:x"),
            ("arn:aws:ssm:eu-1:1:parameter/x", "another store", "name that store"),
            ("@Microsoft.KeyVault(SecretUri=x)", "another store", "name that store"),
            ("ENC[AES256_GCM,data:5vJ0kQ==,type:str]", "ciphertext of sops", "sops set"),
            ("encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt", "ciphertext of dotenvx", "dotenvx"),
            ("$ANSIBLE_VAULT;1.1;AES256", "ciphertext of Ansible", "ansible-vault"),
            ("{{ .Values.key }}", "a template", "filled in from"),
            ("{{vault:keydeck}}", "a template", "filled in from"),
            ("$(op read op://a/b/c)", "a command prints", "that it reads"),
            ("`pass show key`", "a command prints", "that it reads"),
            ("${KEYDECK_TOKEN}", "the value of KEYDECK_TOKEN", "KEYDECK_TOKEN gets"),
            ("$KEYDECK_TOKEN", "the value of KEYDECK_TOKEN", "KEYDECK_TOKEN gets"),
            ("${API_KEY:-abc}", "API_KEY with a fallback", "API_KEY gets"),
        ] {
            let (was, does) = elsewhere(text, true).unwrap_or_else(|| panic!("{text}"));
            assert!(was.contains(what) && does.contains(instead), "{text}: {was}; {does}");
        }
    }

    #[test]
    fn a_value_is_none() {
        for text in ["", "kdk_abc", "PMAK-1-2", "pa$$word", "a$1", "vaulted", "operate", "{x}", "secret", "encrypted"] {
            assert_eq!(elsewhere(text, true), None, "{text}");
        }
        assert_eq!(elsewhere("${X}", false), None);
    }
}
