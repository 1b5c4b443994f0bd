//! ECDSA over P-256 with SHA-256, as GitHub signs its alerts. Source: GitHub's secret scanning partner program.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::SubjectPublicKeyInfoDer;
use tokio_rustls::rustls::pki_types::alg_id;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// What stands before the point in the public key of a pair on P-256. Source: RFC 5480, with the lengths that an
/// uncompressed point has.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// How long an uncompressed point of P-256 is, in bytes.
const POINT: usize = 65;

/// A public key on P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Reads a key in PEM; none for one of another kind.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let key = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
        let point = key.strip_prefix(&P256[..])?;
        (point.len() == POINT).then(|| Self(point.to_vec()))
    }

    /// Whether `signature`, base64 of its DER form, is this key's over `message`.
    pub fn signed(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        let known = ring::default_provider().signature_verification_algorithms.mapping;
        let of_scheme = known.iter().find(|(scheme, _)| *scheme == SignatureScheme::ECDSA_NISTP256_SHA256);
        let on_curve = |algorithms: &&[_]| {
            let mut algorithms = algorithms.iter();
            algorithms
                .find(|algorithm: &&&dyn tokio_rustls::rustls::pki_types::SignatureVerificationAlgorithm| {
                    algorithm.public_key_alg_id() == alg_id::ECDSA_P256
                })
                .copied()
        };
        let algorithm = of_scheme.and_then(|(_, algorithms)| on_curve(algorithms));
        algorithm.is_some_and(|algorithm| algorithm.verify_signature(&self.0, message, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, SigningKey};

    use super::*;

    #[test]
    fn only_the_keys_own_signature_over_these_bytes_counts() {
        let (pair, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let key = PublicKey::from_pem(&pair.public_key_pem()).unwrap();
        let sign = |pair: &KeyPair, message: &[u8]| STANDARD.encode(pair.sign(message).unwrap());
        let good = sign(&pair, b"[1]");
        assert!(key.signed(b"[1]", &good));
        assert!(!key.signed(b"[1] ", &good) && !key.signed(b"", &good));
        assert!(!key.signed(b"[1]", &sign(&other, b"[1]")));
        for wrong in ["", "!", &good[1..], &good.to_lowercase(), &STANDARD.encode([0; 72])] {
            assert!(!key.signed(b"[1]", wrong), "{wrong}");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_none() {
        let other = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap().public_key_pem();
        for pem in ["", "no PEM", &other, &other.replace("PUBLIC KEY", "CERTIFICATE")] {
            assert_eq!(PublicKey::from_pem(pem), None, "{pem}");
        }
    }

    /// The example of GitHub's own documentation: its key, its message, its signature.
    #[test]
    fn what_github_documents_is_understood() {
        let key = "-----BEGIN PUBLIC KEY-----\n\
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\n\
            kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n\
            -----END PUBLIC KEY-----\n";
        let key = PublicKey::from_pem(key).unwrap();
        let message = br#"[{"token":"some_token","type":"some_type","url":"some_url"}]"#;
        let signature =
            "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=";
        assert!(key.signed(message, signature));
        assert!(!key.signed(&message[1..], signature));
    }
}
