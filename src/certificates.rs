//! Files with certificates and keys, as people have them: in PEM, with or without a byte order mark, or in DER. What cannot
//! be used is told as what it is, with its line.

use std::borrow::Cow;
use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error, PemObject, SectionKind, SliceIter};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// One certificate.
pub type Certificate = CertificateDer<'static>;

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The line at which what is wrong begins, from one; none where it is the file.
    pub line: Option<usize>,
    /// What is wrong, and what to do where that is plain. Nothing of the file is repeated but what a section calls itself.
    pub what: Cow<'static, str>,
}

impl Unfit {
    fn file(what: impl Into<Cow<'static, str>>) -> Self {
        Self { line: None, what: what.into() }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// What begins a value of several values in DER: every certificate and every key is one.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

const UTF_16: &str = "it is text in UTF-16: save it as UTF-8";
const PKCS_12: &str = "it is a PKCS#12 file (.p12, .pfx): take out what is needed with openssl pkcs12 -in FILE -nodes";
const ENCRYPTED: &str = "the key is encrypted with a passphrase: decrypt it with openssl pkey -in FILE -out NEW, and keep that file to its owner";

/// A section of any kind.
struct Section(SectionKind, Zeroizing<Vec<u8>>);

impl PemObject for Section {
    fn from_pem(kind: SectionKind, der: Vec<u8>) -> Option<Self> {
        Some(Self(kind, Zeroizing::new(der)))
    }
}

/// What a file holds.
enum Content<'a> {
    /// Text in which there may be sections.
    Pem(&'a [u8]),
    Der(&'a [u8]),
}

fn content(file: &[u8]) -> Result<Content<'_>, Unfit> {
    match file {
        [] => Err(Unfit::file("it is empty")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(Unfit::file(UTF_16)),
        [0xef, 0xbb, 0xbf, text @ ..] => Ok(Content::Pem(text)),
        [SEQUENCE, length, rest @ ..] if !file.starts_with(b"0\n") && !file.starts_with(b"0\r") => {
            let skipped = if *length < 0x80 { 0 } else { usize::from(length - 0x80) };
            match rest.get(skipped..) {
                Some([INTEGER, 1, 3, ..]) => Err(Unfit::file(PKCS_12)),
                _ => Ok(Content::Der(file)),
            }
        }
        text => Ok(Content::Pem(text)),
    }
}

/// The sections of a text, each with the line at which it begins, and whether it calls itself a certificate.
fn sections(text: &[u8]) -> impl Iterator<Item = (usize, bool, Result<Section, Unfit>)> {
    let mut sections = SliceIter::<Section>::new(text);
    std::iter::from_fn(move || {
        let before = text.len() - sections.remainder().len();
        let found = sections.next()?;
        let after = text.len() - sections.remainder().len();
        // sections of kinds that nobody knows were passed over
        let read = &text[before..after];
        let begin = read.windows(BEGIN.len()).rposition(|window| window == BEGIN).unwrap_or_default();
        let line = text[..before + begin].split(|byte| *byte == b'\n').count();
        let certificate = read[begin..].starts_with(b"-----BEGIN CERTIFICATE");
        Some((line, certificate, found.map_err(|error| Unfit { line: Some(line), what: broken(&error) })))
    })
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// The library's own words show lines as lists of numbers.
fn broken(error: &Error) -> Cow<'static, str> {
    match error {
        Error::MissingSectionEnd { .. } => "what begins here has no end: the file was cut off".into(),
        Error::IllegalSectionStart { .. } => "what begins here does not begin as PEM does".into(),
        Error::Base64Decode(_) => "what begins here is not Base64".into(),
        _ => "what begins here cannot be read".into(),
    }
}

fn has(text: &[u8], what: &str) -> bool {
    text.windows(what.len()).any(|window| window == what.as_bytes())
}

/// The certificates of a file, at least one, in its order. What else is in it is passed over.
///
/// # Errors
/// When there is none, or something in it is damaged.
pub fn certificates(file: &[u8]) -> Result<Vec<Certificate>, Unfit> {
    Ok(placed(file)?.into_iter().map(|(_, certificate)| certificate).collect())
}

/// The certificates of a file, each of which can be trusted as an authority.
///
/// # Errors
/// As [`certificates`], and when one of them is none.
pub fn authorities(file: &[u8]) -> Result<Vec<Certificate>, Unfit> {
    let found = placed(file)?;
    for (line, certificate) in &found {
        if RootCertStore::empty().add(certificate.clone()).is_err() {
            return Err(Unfit { line: *line, what: "this is no certificate that can be read".into() });
        }
    }
    Ok(found.into_iter().map(|(_, certificate)| certificate).collect())
}

/// The same, as what others' certificates are compared with.
///
/// # Errors
/// As [`authorities`].
pub fn roots(file: &[u8]) -> Result<RootCertStore, Unfit> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities(file)?);
    Ok(roots)
}

fn placed(file: &[u8]) -> Result<Vec<(Option<usize>, Certificate)>, Unfit> {
    let text = match content(file)? {
        Content::Der(der) => return Ok(vec![(None, Certificate::from(der.to_vec()))]),
        Content::Pem(text) => text,
    };
    let mut found = Vec::new();
    for (line, certificate, section) in sections(text) {
        match section {
            Ok(Section(SectionKind::Certificate, der)) => found.push((Some(line), Certificate::from(der.to_vec()))),
            // an encrypted key beside them is nobody's concern here
            Err(unfit) if certificate => return Err(unfit),
            Ok(_) | Err(_) => {}
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    Err(Unfit::file(if has(text, "BEGIN TRUSTED CERTIFICATE") {
        "it is OpenSSL's own form of a certificate: convert it with openssl x509 -in FILE -out NEW"
    } else if has(text, "PRIVATE KEY-----") {
        "it holds a key, and no certificate"
    } else if has(text, "BEGIN CERTIFICATE REQUEST") {
        "it holds a request for a certificate, and no certificate"
    } else if has(text, "BEGIN PKCS7") {
        "it is a PKCS#7 file: convert it with openssl pkcs7 -print_certs -in FILE -out NEW"
    } else {
        "there is no certificate in it, neither in PEM nor in DER"
    }))
}

/// The first private key of a file.
///
/// # Errors
/// When there is none, or it is damaged or encrypted.
pub fn private_key(file: &[u8]) -> Result<PrivateKeyDer<'static>, Unfit> {
    let text = match content(file)? {
        Content::Der(der) => {
            let no_key = || Unfit::file("it is no private key, neither in PEM nor in DER");
            return match PrivateKeyDer::try_from(der) {
                Ok(key) => Ok(key.clone_key()),
                Err(_) if is_encrypted(der) => Err(Unfit::file(ENCRYPTED)),
                Err(_) => Err(no_key()),
            };
        }
        Content::Pem(text) => text,
    };
    // of an encrypted key the old form has a header, and the new one a name
    if has(text, "BEGIN ENCRYPTED PRIVATE KEY") || has(text, "Proc-Type: 4,ENCRYPTED") {
        return Err(Unfit::file(ENCRYPTED));
    }
    for (_, _, section) in sections(text) {
        let Section(kind, der) = section?;
        if let Some(key) = PrivateKeyDer::from_pem(kind, der.to_vec()) {
            return Ok(key);
        }
    }
    Err(Unfit::file(if has(text, "BEGIN OPENSSH PRIVATE KEY") {
        "it is a key of SSH, not of TLS"
    } else if has(text, "BEGIN CERTIFICATE-----") {
        "it holds a certificate, and no key"
    } else {
        "there is no private key in it, neither in PEM nor in DER"
    }))
}

/// Whether it is a key in PKCS#8's form for encrypted ones: what it is encrypted by comes first, and in a plain key a number
/// does. A certificate begins as the former, and goes on with what is none of its names.
fn is_encrypted(der: &[u8]) -> bool {
    // PKCS#5's names for encryption, and PKCS#12's
    const PKCS_5: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
    const PKCS_12: &[u8] = &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c];
    let begin = &der[..der.len().min(24)];
    [PKCS_5, PKCS_12].iter().any(|name| begin.windows(name.len()).any(|window| window == *name))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::PrivateKeyDer;

    use super::*;

    fn made() -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(["keys.team.example".to_owned()]).unwrap().self_signed(&key).unwrap(), key)
    }

    const BOM: &[u8] = b"\xef\xbb\xbf";

    #[test]
    fn a_certificate_is_read_however_it_is_kept() {
        let (one, key) = made();
        let (other, _) = made();
        let (one_pem, other_pem) = (one.pem(), other.pem());
        let both = [one.der().clone(), other.der().clone()];
        for text in [
            format!("{one_pem}{other_pem}"),
            format!("# our authority\r\n{}", format!("{one_pem}\n{other_pem}").replace('\n', "\r\n")),
            format!("{one_pem}{}{other_pem}", key.serialize_pem()),
            format!("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n{one_pem}{other_pem}"),
        ] {
            assert_eq!(authorities(text.as_bytes()).unwrap(), both, "{text}");
            assert_eq!(certificates(&[BOM, text.as_bytes()].concat()).unwrap(), both);
        }
        assert_eq!(authorities(one.der()).unwrap(), both[..1]);
    }

    #[test]
    fn a_key_is_read_however_it_is_kept() {
        let (certificate, key) = made();
        let whole = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let pem = key.serialize_pem();
        for file in [
            pem.clone().into_bytes(),
            [BOM, pem.as_bytes()].concat(),
            format!("{}{pem}", certificate.pem()).into_bytes(),
            key.serialize_der(),
        ] {
            assert_eq!(private_key(&file).unwrap(), whole);
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_as_what_it_is() {
        let (certificate, key) = made();
        let pem = certificate.pem();
        let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(pem.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let section = |name: &str| format!("-----BEGIN {name}-----\nMAA=\n-----END {name}-----\n").into_bytes();
        let key_name = |kind: &str| section(&format!("{kind} KEY"));
        let cut = format!("# a line\n{pem}").into_bytes();
        for (file, told) in [
            (Vec::new(), "it is empty"),
            (b"hello".to_vec(), "there is no certificate in it, neither in PEM nor in DER"),
            (utf_16.clone(), UTF_16),
            (key.serialize_pem().into_bytes(), "it holds a key, and no certificate"),
            (section("CERTIFICATE REQUEST"), "it holds a request"),
            (section("TRUSTED CERTIFICATE"), "it is OpenSSL's own form"),
            (section("PKCS7"), "it is a PKCS#7 file"),
            (vec![SEQUENCE, 0x82, 1, 0, INTEGER, 1, 3, SEQUENCE], PKCS_12),
            (cut[..cut.len() / 2].to_vec(), "line 2: what begins here has no end"),
            (format!("{pem}\n{}", pem.replace('M', "!")).into_bytes(), "line 14: what begins here is not Base64"),
            ([pem.as_bytes(), &section("CERTIFICATE")].concat(), "line 13: this is no certificate that can be read"),
            (key.serialize_der(), "this is no certificate that can be read"),
        ] {
            let lines = pem.lines().count();
            let told = told.replace("line 14", &format!("line {}", lines + 2));
            let told = told.replace("line 13", &format!("line {}", lines + 1));
            let unfit = authorities(&file).unwrap_err().to_string();
            assert!(unfit.starts_with(&told), "{told}\n{unfit}");
        }
        let mut encrypted = vec![SEQUENCE, 0x81, 0x80, SEQUENCE, 0x4b, 0x06, 0x09];
        encrypted.extend([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d, SEQUENCE]);
        for (file, told) in [
            (encrypted, ENCRYPTED),
            (key_name("ENCRYPTED PRIVATE"), ENCRYPTED),
            (
                [
                    &b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"[..],
                    b"MAA=\n",
                ]
                .concat(),
                ENCRYPTED,
            ),
            (key_name("OPENSSH PRIVATE"), "it is a key of SSH"),
            (pem.clone().into_bytes(), "it holds a certificate, and no key"),
            (certificate.der().to_vec(), "it is no private key"),
            (utf_16, UTF_16),
        ] {
            let unfit = private_key(&file).unwrap_err().to_string();
            assert!(unfit.starts_with(told), "{told}\n{unfit}");
        }
    }
}
