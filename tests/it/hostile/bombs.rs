//! S06: what is small on the wire and large in memory, thrown at a program of its own, whose memory is
//! measured from outside.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cli::words::Server;

/// What a bomb may cost.
const MOST: u64 = 16 * 1024;
/// The largest body that is read at all.
const BODY: usize = 1024 * 1024;

/// The most memory that a process held since it was last asked, and what it holds now, in KiB.
fn memory(pid: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok())
    };
    let read = (line("VmHWM:"), line("VmRSS:"));
    (read.0.expect("a peak"), read.1.expect("a size"))
}

/// What it holds now, from which its next peak is counted.
fn starts_anew(pid: u32) -> u64 {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak is forgotten");
    memory(pid).1
}

/// 1 MiB that gzip makes 160 MiB of: one byte, and then the same again and again.
fn gzip() -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with the fixed codes; a zero; and 258 bytes of what was before, for ever.
    bits.push(0b1, 1);
    bits.push(0b01, 2);
    bits.push(0b0000_1100, 8);
    while bits.bytes.len() < BODY - 1024 {
        bits.push(0b1010_0011, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    [head.as_slice(), &bits.bytes, &[0; 8]].concat()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    rest: u32,
    count: u32,
}

impl Bits {
    /// The lowest bit first, as deflate has it.
    fn push(&mut self, bits: u32, count: u32) {
        self.rest |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.rest.to_le_bytes()[0]);
            self.rest >>= 8;
            self.count -= 8;
        }
    }
}

/// Less than 1 MiB that zstd makes 25 GiB of: every block says 128 KiB of one byte.
fn zstd() -> Vec<u8> {
    let block = [0x02, 0x00, 0x10, b'['];
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88];
    [frame.as_slice(), &block.repeat(200_000)].concat()
}

fn post(path: &str, token: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn bombs(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let tasks = |headers: &str, body: &[u8]| post("/api/v1/tasks", token, headers, body);
    let json = |body: &str| tasks("", body.as_bytes());
    let keys = |count: usize| -> String {
        let keys: Vec<String> = (0..count).map(|n| format!("\"{n:x}\":0")).collect();
        format!("{{{}}}", keys.join(","))
    };
    let digits = "9".repeat(900_000);
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "[".repeat(64 * 1024));
    let endless = format!(
        "POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{}",
        chunk.repeat(1024)
    );
    let get = |more: &str| format!("GET /api/v1/tasks HTTP/1.1\r\nhost: a\r\n{more}\r\n\r\n");
    let names: String = (0..200_000).map(|n| format!("x-{n}: a\r\n")).collect();
    vec![
        ("a gzip bomb", tasks("content-encoding: gzip\r\n", &gzip())),
        ("a zstd bomb", tasks("content-encoding: zstd\r\n", &zstd())),
        (
            "one in another",
            tasks("content-encoding: gzip, gzip\r\n", &gzip()),
        ),
        ("without saying so", tasks("", &gzip())),
        (
            "a gzip bomb at the sign-in",
            post(
                "/api/v1/auth/login",
                "",
                "content-encoding: gzip\r\n",
                &gzip(),
            ),
        ),
        (
            "lists in lists",
            json(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ),
        ("objects in objects", json(&"{\"a\":".repeat(100_000))),
        ("a million keys", json(&keys(1_000_000))),
        ("as many keys as fit", json(&keys(90_000))),
        (
            "a number of a million digits",
            json(&format!("{{\"name\":\"a\",\"priority\":{digits}}}")),
        ),
        (
            "a number that is too great",
            json("{\"name\":\"a\",\"timeout_seconds\":1e999999999}"),
        ),
        (
            "an amount of a million digits",
            post(
                "/api/v1/products",
                token,
                "",
                format!("{{\"name\":\"a\",\"stock\":1,\"price\":\"{digits}\"}}").as_bytes(),
            ),
        ),
        ("a body without an end", endless.into_bytes()),
        ("a length of an exabyte", announced(&json("{}"))),
        (
            "a header of 32 MiB",
            get(&format!("x: {}", "a".repeat(32 << 20))).into_bytes(),
        ),
        ("200,000 headers", get(names.trim_end()).into_bytes()),
        (
            "a path of 8 MiB",
            format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(8 << 20)).into_bytes(),
        ),
        ("HTTP/2 and its resets", resets()),
    ]
}

/// The same request, which announces more than there is anywhere.
fn announced(request: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(request).expect("text");
    let length = "content-length: 1152921504606846976\r\n";
    text.replace("content-length: 2\r\n", length).into_bytes()
}

/// The preface of HTTP/2, and 20,000 streams that are opened and reset.
fn resets() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    for stream in (1..40_000_u32).step_by(2) {
        bytes.extend([0, 0, 3, 1, 5]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend([0x82, 0x84, 0x86]);
        bytes.extend([0, 0, 4, 3, 0]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend([0, 0, 0, 8]);
    }
    bytes
}

/// The status that the server gives to these bytes; `None` = it hangs up.
async fn answered(address: &str, bytes: &[u8]) -> Option<u16> {
    let socket = TcpStream::connect(address).await.expect("a connection");
    let (mut read, mut write) = socket.into_split();
    // The server may be done with it before all of it has come.
    let sent = async {
        let _ = write.write_all(bytes).await;
    };
    let heard = async {
        let mut head = Vec::new();
        let mut part = [0; 4096];
        while head.len() < 12 {
            match read.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(count) => head.extend_from_slice(&part[..count]),
            }
        }
        let status = head
            .get(9..12)
            .and_then(|text| std::str::from_utf8(text).ok());
        status.and_then(|status| status.parse().ok())
    };
    let both = async {
        tokio::pin!(sent, heard);
        tokio::select! {
            status = &mut heard => status,
            () = &mut sent => heard.await,
        }
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, both)
        .await
        .expect("answered in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn s06_no_bomb_costs_more_than_16_mib() {
    let server = Server::start().await;
    let pid = server.process.pid().expect("it runs");
    let address = server.url.trim_start_matches("http://").to_owned();
    let token = server.cli.token();
    // What the first request of all costs is no bomb's.
    let usual = post("/api/v1/tasks", &token, "", b"{\"name\":\"a\"}");
    assert_eq!(answered(&address, &usual).await, Some(201));
    for (what, bytes) in bombs(&token) {
        let before = starts_anew(pid);
        let status = answered(&address, &bytes).await;
        let (peak, _) = memory(pid);
        let refused = match what {
            "HTTP/2 and its resets" => status.is_none_or(|status| (400..500).contains(&status)),
            _ => status.is_some_and(|status| (400..500).contains(&status)),
        };
        assert!(refused, "{what}: {status:?}");
        let cost = peak.saturating_sub(before);
        assert!(cost <= MOST, "{what} costs {cost} KiB");
    }
    assert_eq!(
        answered(&address, &usual).await,
        Some(201),
        "and it goes on"
    );
}
