//! The operator's secret keys: what seals accounts and signs tokens.
//!
//! `MARKETING_AUTOMATION_SECRET_KEYS` is a comma-separated list of `<key id>:<64 hexadecimal digits>`, for
//! instance from `openssl rand -hex 32`:
//!
//! | | |
//! |---|---|
//! | key id | 1 to 16 letters, digits, `-` or `_`; each once. It is kept, in clear, with whatever the key sealed |
//! | the first key | seals and signs |
//! | the others | open and verify what they once made: this is how keys rotate |
//!
//! To rotate, put a new key in front of the old one; accounts are sealed anew when they are next changed
//! (`PATCH /integrated-account/{id}` with an empty object is enough). Take an
//! old key out when nothing that it made is in use any more: what it sealed cannot be opened then, and what it
//! signed is refused.
//!
//! Two keys are derived from each secret (HKDF-SHA-256, RFC 5869): one seals (XChaCha20-Poly1305), one signs
//! (HMAC-SHA-256). What a seal or signature is for is part of it, so that none can stand in for another.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key as CipherKey, KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::config::{ConfigError, Environment, SECRET_KEYS, list};
use crate::transport::Host;

/// What a key is, for the error about one that is not.
const FORM: &str = "must read <key id>:<64 hexadecimal digits>, the id 1 to 16 letters, digits, - or _: make one with openssl rand -hex 32";
const NONCE_BYTES: usize = 24;

/// The keys, the one that seals and signs first. Never empty.
pub(crate) struct Keyring {
    first: Key,
    others: Vec<Key>,
}

struct Key {
    id: String,
    seal: XChaCha20Poly1305,
    sign: Hmac<Sha256>,
}

/// Why something sealed cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// It was sealed with a key that is not here (any more).
    UnknownKey,
    /// It was changed, or is for something else, or was never sealed.
    Broken,
}

impl Keyring {
    /// # Errors
    /// When the variable cannot be used; none when it is not set.
    pub(crate) fn read(env: &Environment) -> Result<Option<Self>, ConfigError> {
        let mut keys: Vec<Key> = Vec::new();
        for (place, text) in list(env, SECRET_KEYS) {
            let error = |message: &str| ConfigError::new(SECRET_KEYS, format!("[{place}]"), message);
            let key = Key::parse(text).ok_or_else(|| error(FORM))?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(error("has the id of a key before it; each needs one of its own"));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        Ok(keys.next().map(|first| Self { first, others: keys.collect() }))
    }

    /// Seals bytes for a purpose and a name, both of which are needed to open them.
    pub(crate) fn seal<H: Host>(&self, host: &H, associated: &str, plain: &[u8]) -> Vec<u8> {
        self.seal_with(nonce(host), associated, plain)
    }

    fn seal_with(&self, nonce: [u8; NONCE_BYTES], associated: &str, plain: &[u8]) -> Vec<u8> {
        let Key { id, seal, .. } = &self.first;
        let payload = Payload { msg: plain, aad: associated.as_bytes() };
        // It fails for messages of 256 GiB only; an empty text then opens nowhere.
        let sealed = seal.encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
        let mut bytes = Vec::with_capacity(sealed.len().saturating_add(64));
        bytes.extend(id.bytes());
        bytes.push(b':');
        bytes.extend(nonce);
        bytes.extend(sealed);
        bytes
    }

    /// # Errors
    /// When a key is missing, or the bytes were not sealed for this.
    pub(crate) fn open(&self, associated: &str, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let colon = sealed.iter().position(|byte| *byte == b':').ok_or(OpenError::Broken)?;
        let (id, rest) = sealed.split_at_checked(colon).ok_or(OpenError::Broken)?;
        let rest = rest.get(1..).unwrap_or_default();
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES).ok_or(OpenError::Broken)?;
        let key = self.keys().find(|key| key.id.as_bytes() == id).ok_or(OpenError::UnknownKey)?;
        let payload = Payload { msg: text, aad: associated.as_bytes() };
        key.seal.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| OpenError::Broken)
    }

    /// Signs parts for a purpose.
    pub(crate) fn sign(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.first.mac(purpose, parts).finalize().into_bytes().into()
    }

    /// Whether one of the keys signed these parts for this purpose. Takes the same time wherever a signature
    /// differs.
    pub(crate) fn verify(&self, purpose: &str, parts: &[&[u8]], signature: &[u8]) -> bool {
        self.keys().fold(false, |found, key| found | key.mac(purpose, parts).verify_slice(signature).is_ok())
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once(':')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !(1..=16).contains(&id.len()) || !id.bytes().all(plain) {
            return None;
        }
        let secret = secret_bytes(secret)?;
        let derive = Hkdf::<Sha256>::new(None, &secret);
        let mut seal = CipherKey::default();
        derive.expand(b"marketing-automation seal", &mut seal).ok()?;
        let mut sign = hmac::digest::Key::<Hmac<Sha256>>::default();
        derive.expand(b"marketing-automation sign", &mut sign).ok()?;
        Some(Self {
            id: id.to_owned(),
            seal: XChaCha20Poly1305::new(&seal),
            sign: <Hmac<Sha256> as KeyInit>::new(&sign),
        })
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.sign.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            // Each with its length before it, so that parts cannot be cut elsewhere and give the same text.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// Neither keys nor what could be made of them.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys().map(|key| &key.id)).finish()
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "it was sealed with a key that this service does not have (any more)",
            Self::Broken => "it was not sealed for this, or was changed",
        })
    }
}

impl std::error::Error for OpenError {}

/// The bytes of 64 hexadecimal digits.
fn secret_bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let [high, low] = pair else { return None };
        *byte = u8::try_from(digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?).ok()?;
    }
    Some(bytes)
}

/// Random enough never to come twice: 192 bits.
fn nonce<H: Host>(host: &H) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    for part in nonce.chunks_exact_mut(8) {
        part.copy_from_slice(&host.random().to_be_bytes());
    }
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeHost;

    use crate::testing::SECRET_KEYS as OLD;

    const NEW: &str = "new:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

    fn keyring(text: &str) -> Result<Option<Keyring>, ConfigError> {
        Keyring::read(&[(SECRET_KEYS.to_owned(), text.to_owned())])
    }

    fn host() -> FakeHost {
        FakeHost::scripted([])
    }

    #[test]
    fn what_is_sealed_opens_with_its_purpose_only() {
        let keys = keyring(OLD).unwrap().unwrap();
        let sealed = keys.seal(&host(), "account:a", b"passcode");
        assert!(!sealed.windows(8).any(|window| window == b"passcode"));
        assert_eq!(keys.open("account:a", &sealed).unwrap(), b"passcode");
        assert_eq!(keys.open("account:b", &sealed), Err(OpenError::Broken));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(keys.open("account:a", &changed).is_err(), "byte {place}");
            assert!(keys.open("account:a", &sealed[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_nonce_never_comes_twice() {
        let (keys, host) = (keyring(OLD).unwrap().unwrap(), host());
        assert_ne!(keys.seal(&host, "", b""), keys.seal(&host, "", b""));
    }

    #[test]
    fn keys_rotate() {
        let old = keyring(OLD).unwrap().unwrap();
        let both = keyring(&format!("{NEW}, {OLD}")).unwrap().unwrap();
        let new = keyring(NEW).unwrap().unwrap();
        let sealed = old.seal(&host(), "x", b"text");
        let signature = old.sign("x", &[b"part"]);
        assert_eq!(both.open("x", &sealed).unwrap(), b"text");
        assert!(both.verify("x", &[b"part"], &signature));
        assert_eq!(new.open("x", &sealed), Err(OpenError::UnknownKey));
        assert!(!new.verify("x", &[b"part"], &signature));
        assert_eq!(
            new.open("x", &both.seal(&host(), "x", b"text")).unwrap(),
            b"text",
            "the first key writes"
        );
    }

    #[test]
    fn a_signature_is_for_its_purpose_and_parts() {
        let keys = keyring(OLD).unwrap().unwrap();
        let signature = keys.sign("token", &[b"ab", b"c"]);
        assert!(keys.verify("token", &[b"ab", b"c"], &signature));
        assert!(!keys.verify("csrf", &[b"ab", b"c"], &signature));
        assert!(!keys.verify("token", &[b"a", b"bc"], &signature));
        assert!(!keys.verify("token", &[b"ab", b"c"], &signature[..31]));
    }

    /// RFC 5869's first test case, which is what derives them.
    #[test]
    fn keys_are_derived_as_published() {
        let mut okm = [0; 42];
        let info = [0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9];
        Hkdf::<Sha256>::new(Some(&(0..=0x0c).collect::<Vec<u8>>()), &[0x0b; 22])
            .expand(&info, &mut okm)
            .unwrap();
        assert_eq!(okm[..8], [0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a]);
    }

    #[test]
    fn errors_name_the_place_and_never_the_value() {
        for text in [
            "SECRETSECRET",
            "a:SECRET",
            ":000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "a b:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "a:zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "seventeen-letters:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "a:éé02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        ] {
            let error = keyring(&format!("{NEW},{text}")).unwrap_err();
            assert_eq!((error.variable, error.place.as_str()), (SECRET_KEYS, "[1]"));
            assert!(!error.to_string().contains("SECRET:") && !error.message.contains(text), "{error}");
        }
        assert!(keyring(&format!("{OLD},{OLD}")).unwrap_err().message.contains("id"));
        assert!(keyring(" ").unwrap().is_none());
        assert_eq!(format!("{:?}", keyring(OLD).unwrap().unwrap()), r#"["old"]"#);
    }
}
