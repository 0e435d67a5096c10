//! A directory on loopback that knows Dave: binds and searches of LDAP, as far as Dex asks for them.

use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

const DAVE: &str = "uid=dave,ou=people,dc=corp";
const PASSWORD: &str = "daves own passphrase";

/// Universal and application tags of ASN.1, as LDAP uses them (RFC 4511).
mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const TEXT: u8 = 0x04;
    pub const ENUMERATED: u8 = 0x0a;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    pub const BIND: u8 = 0x60;
    pub const BOUND: u8 = 0x61;
    pub const SEARCH: u8 = 0x63;
    pub const FOUND: u8 = 0x64;
    pub const SEARCHED: u8 = 0x65;
}

pub struct Directory {
    pub port: u16,
}

impl Directory {
    /// Serves until its runtime ends. Who searches must have bound as `name` with `password`.
    pub async fn serve(name: &str, password: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let searcher = Arc::new((name.to_owned(), password.to_owned()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, searcher.clone()));
            }
        });
        Self { port }
    }
}

async fn talk(mut stream: TcpStream, searcher: Arc<(String, String)>) {
    let mut may_search = false;
    while let Some(message) = read(&mut stream).await {
        let (id, rest) = part(&message);
        let (operation, _) = part(rest);
        let kind = rest[0];
        let replies = match kind {
            tag::BIND => {
                let (_version, rest) = part(operation);
                let (name, rest) = part(rest);
                let (password, _) = part(rest);
                let is = |who: &str, proof: &str| name == who.as_bytes() && password == proof.as_bytes();
                may_search = is(&searcher.0, &searcher.1);
                // Invalid credentials.
                let code = if may_search || is(DAVE, PASSWORD) { 0 } else { 49 };
                vec![done(tag::BOUND, code)]
            }
            tag::SEARCH if may_search => {
                let mut all = found(operation);
                all.push(done(tag::SEARCHED, 0));
                all
            }
            // Insufficient access rights.
            tag::SEARCH => vec![done(tag::SEARCHED, 50)],
            _ => return,
        };
        for reply in replies {
            let message = wrap(tag::SEQUENCE, &[wrap(tag::INTEGER, id), reply].concat());
            if stream.write_all(&message).await.is_err() {
                return;
            }
        }
    }
}

/// The entries of a search: Dave by his name among people, his groups by where he stands.
fn found(search: &[u8]) -> Vec<Vec<u8>> {
    let (base, rest) = part(search);
    let asks_for = |text: &str| rest.windows(text.len()).any(|window| window == text.as_bytes());
    let group = |name: &str| entry(&format!("cn={name},ou=groups,dc=corp"), &[("cn", name)]);
    match base {
        b"ou=people,dc=corp" if asks_for("dave") && asks_for("person") => {
            vec![entry(DAVE, &[("uid", "dave"), ("cn", "Dave"), ("mail", "dave@corp.example")])]
        }
        b"ou=groups,dc=corp" if asks_for("member") && asks_for(DAVE) => vec![group("team"), group("everybody")],
        _ => Vec::new(),
    }
}

fn entry(name: &str, attributes: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| wrap(tag::TEXT, text.as_bytes());
    let attribute =
        |(name, value): &(&str, &str)| wrap(tag::SEQUENCE, &[text(name), wrap(tag::SET, &text(value))].concat());
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    wrap(tag::FOUND, &[text(name), wrap(tag::SEQUENCE, &attributes)].concat())
}

fn done(kind: u8, code: u8) -> Vec<u8> {
    wrap(kind, &[wrap(tag::ENUMERATED, &[code]), wrap(tag::TEXT, b""), wrap(tag::TEXT, b"")].concat())
}

/// A value with its tag and length.
fn wrap(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).expect("a short message").to_be_bytes();
    let head = if value.len() < 128 { vec![kind, length[1]] } else { vec![kind, 0x82, length[0], length[1]] };
    [head, value.to_vec()].concat()
}

/// The first value of several, and what follows it.
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, head) = match bytes[1] {
        short @ 0..128 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7f);
            (bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), 2 + count)
        }
    };
    bytes[head..].split_at(length)
}

/// The inside of the next message; `None` where nobody talks any more.
async fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.ok()?;
    let mut length = usize::from(head[1]);
    if length >= 128 {
        let mut more = vec![0; length & 0x7f];
        stream.read_exact(&mut more).await.ok()?;
        length = more.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    }
    let mut inside = vec![0; length];
    stream.read_exact(&mut inside).await.ok()?;
    Some(inside)
}
