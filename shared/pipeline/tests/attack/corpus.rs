//! URLs that mean to lead inside, generated from rules.

use std::net::{IpAddr, Ipv4Addr};

use crate::addresses::{PRIZES, embeddings, spellings, v4, v6};
use crate::names;

/// The only address that anybody may be led to. The network of these tests gives it to this machine.
pub const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);

/// One URL of the corpus.
#[derive(Debug, Clone)]
pub struct Case {
    pub url: String,
    /// Whether it must be refused; otherwise it may lead to [`PUBLIC`], and to nothing else.
    pub refused: bool,
}

/// All of them, without repeats.
pub fn corpus() -> Vec<Case> {
    let mut refused = literals();
    refused.extend(spelt());
    refused.extend(services());
    refused.extend(ports());
    refused.extend(schemes());
    refused.extend(names::inside().map(|name| format!("http://{name}/latest/meta-data/")));
    let mut cases: Vec<Case> = refused
        .into_iter()
        .map(|url| Case { url, refused: true })
        .collect();
    let open = tricks()
        .into_iter()
        .chain(names::mixed().map(|name| format!("http://{name}/")));
    cases.extend(open.map(|url| Case {
        url,
        refused: false,
    }));
    let mut seen = std::collections::HashSet::new();
    cases.retain(|case| seen.insert(case.url.clone()));
    cases
}

fn at(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Every special network, as it is usually written.
fn literals() -> Vec<String> {
    let all = v4()
        .into_iter()
        .map(IpAddr::from)
        .chain(v6().into_iter().map(IpAddr::from));
    let mut urls: Vec<String> = all
        .map(|address| format!("http://{}/", at(address)))
        .collect();
    urls.extend(
        v4().into_iter()
            .step_by(3)
            .map(|address| format!("https://{address}:8443/")),
    );
    urls.extend(
        v6().into_iter()
            .step_by(3)
            .map(|address| format!("https://[{address}]/")),
    );
    urls
}

/// Every spelling of the prizes.
fn spelt() -> Vec<String> {
    let mut urls = Vec::new();
    for prize in PRIZES {
        urls.extend(
            spellings(prize)
                .iter()
                .map(|host| format!("http://{host}/")),
        );
        for embedded in embeddings(prize) {
            let [a, b, c, d, e, f, g, h] = embedded.segments();
            urls.push(format!("http://[{embedded}]/"));
            urls.push(format!(
                "http://[{a:04X}:{b:04X}:{c:04X}:{d:04X}:{e:04X}:{f:04X}:{g:04X}:{h:04X}]:8080/"
            ));
        }
        // With a dotted end.
        for prefix in [
            "::",
            "::ffff:",
            "0:0:0:0:0:FFFF:",
            "::ffff:0:",
            "64:ff9b::",
            "64:ff9b:1::",
        ] {
            urls.push(format!("http://[{prefix}{prize}]/"));
        }
    }
    urls
}

/// What is worth reaching on the inside of a function: Lambda's runtime, credentials, databases, the local stack.
fn services() -> Vec<String> {
    [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://127.0.0.1:9001/2020-01-01/extension/register",
        "http://[::1]:9001/2018-06-01/runtime/invocation/next",
        "http://localhost:9001/2018-06-01/runtime/invocation/next",
        "http://169.254.100.1:9001/2018-06-01/runtime/invocation/next",
        "http://sandbox.localdomain:9001/2018-06-01/runtime/invocation/next",
        "http://127.0.0.1:2772/applications/a/environments/b/configurations/c",
        "http://127.0.0.1:2773/secretsmanager/get?secretId=webhook",
        "http://127.0.0.1:2000/",
        "http://169.254.169.254/latest/api/token",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://169.254.169.254:80/latest/user-data",
        "http://169.254.170.2/v2/credentials/",
        "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://instance-data/latest/meta-data/",
        "http://127.0.0.1:27017/",
        "http://127.0.0.1:5000/",
        "http://127.0.0.1:4566/",
        "http://127.0.0.1:9000/",
        "http://127.0.0.1:6379/",
        "http://127.0.0.1:8080/",
        "http://localhost/",
        "http://LocalHost:8080/",
        "http://localhost./",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "http://local\u{ad}host/",
        "http://%6cocalhost/",
        "http://ip6-localhost/",
        "http://foo.localhost/",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Ports at which other services listen, on the public address and inside.
fn ports() -> Vec<String> {
    let low = [
        0, 1, 7, 20, 21, 22, 23, 25, 53, 69, 79, 81, 110, 111, 119, 135, 139, 143, 389, 445, 465,
        512, 587, 636, 993, 1023,
    ];
    let public = low.iter().map(|port| format!("http://{PUBLIC}:{port}/"));
    let secure = low.iter().map(|port| format!("https://127.0.0.1:{port}/"));
    let named = low
        .iter()
        .map(|port| format!("http://{}:{port}/", names::PUBLIC));
    let odd = [
        "65536",
        "99999999999",
        "-80",
        "+80",
        "8o",
        "80:80",
        "0x50",
        "８０",
    ];
    let odd = odd.iter().map(|port| format!("http://127.0.0.1:{port}/"));
    public.chain(secure).chain(named).chain(odd).collect()
}

/// What is no web address.
fn schemes() -> Vec<String> {
    let schemes = [
        "ftp",
        "ftps",
        "sftp",
        "file",
        "gopher",
        "dict",
        "ldap",
        "ldaps",
        "tftp",
        "telnet",
        "smb",
        "jar",
        "netdoc",
        "ws",
        "wss",
        "data",
        "javascript",
        "view-source",
        "blob",
        "about",
        "s3",
        "mongodb",
        "unix",
        "http+unix",
        "httpx",
    ];
    let mut urls: Vec<String> = schemes
        .iter()
        .map(|scheme| format!("{scheme}://127.0.0.1/x"))
        .collect();
    for other in [
        "file:///etc/passwd",
        "file:///proc/self/environ",
        "file:/var/task/bootstrap",
        "FILE://localhost/etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL%0d%0a",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:fetch('http://127.0.0.1/')",
        "jar:http://127.0.0.1!/x",
        "url:http://127.0.0.1/",
        "http://",
        "http://?",
        "http://#",
        "http://:80/",
        "http:// /",
        "http://[",
        "http://[]/",
        "http://[::1/",
        "http://::1/",
        "http://[::1]x/",
        "http://[::1%25lo]/",
        "http://[::1%lo]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[fe80::1%252]/",
        "http://[v1.::1]/",
        "http://[127.0.0.1]/",
        "http://[::1]./",
        "http://[::ffff:127.0.0.1.]/",
        "http://[::127.0.0.256]/",
        "http://127.0.0.1.1/",
        "http://127..0.1/",
        "http://0x/",
        "http://0x0/",
        "http://0/",
        "http://00/",
        "http://1/",
        "http://127/",
        "http://127.0.0.0x1/",
        "http://4294967295/",
    ] {
        urls.push(other.to_owned());
    }
    urls
}

/// URLs in which one parser reads another host than the next: whoever the fetcher takes it for, only the public one
/// may be reached.
fn tricks() -> Vec<String> {
    let mut urls = Vec::new();
    for inside in [
        "127.0.0.1",
        "169.254.169.254",
        "[::1]",
        "localhost",
        "2130706433",
    ] {
        let public = PUBLIC;
        for trick in [
            format!("http://{public}@{inside}/"),
            format!("http://{public}:80@{inside}/"),
            format!("http://{public}%40{inside}/"),
            format!("http://{inside}@{public}/"),
            format!("http://{public}\\@{inside}/"),
            format!("http://{inside}\\@{public}/"),
            format!("http://{public}#@{inside}/"),
            format!("http://{inside}#@{public}/"),
            format!("http://{public}?@{inside}/"),
            format!("http://{inside}?@{public}/"),
            format!("http://{public}/@{inside}/"),
            format!("http://{public}/../@{inside}/"),
            format!("http://{public}%2f@{inside}/"),
            format!("http://{public}%00.{inside}/"),
            format!("http://{inside}%00.{public}/"),
            format!("http://{inside}%0d%0aHost:%20{public}/"),
            format!("http://{inside}%23.{public}/"),
            format!("http://{inside}%5c.{public}/"),
            format!("http://{public} {inside}/"),
            format!("http://{public}\t{inside}/"),
            format!("http://{inside}\n.{public}/"),
            format!("http:\\\\{inside}\\"),
            format!("http:{inside}/"),
            format!("http:/{inside}/"),
            format!("http:///{inside}/"),
            format!("http:/\\/{inside}/"),
            format!("\u{1}http://{inside}/"),
            format!("ht\ntp://{inside}/"),
            format!("HTTP://{inside}:80/"),
            format!("http://user:pass@{inside}:80/"),
            format!("http://@{inside}/"),
            format!("http://:@{inside}/"),
            format!("http://{public}／@{inside}/"),
            format!("http://{inside}／.{public}/"),
            format!("http://{inside}：80@{public}/"),
            format!("http://{public};@{inside}/"),
            format!("http://{public}&@{inside}#@{public}/"),
            format!("http://{public}:80#@{inside}:80/"),
            format!("http://{public}:80:@{inside}/"),
            format!("//{inside}/"),
            format!("/\\{inside}/"),
            format!("\\\\{inside}\\x"),
        ] {
            urls.push(trick);
        }
    }
    // Relative ones, as a redirect.
    urls.extend(["http", "http:"].map(str::to_owned));
    for suffix in ["127.0.0.1.nip.io", "127-0-0-1.sslip.io", "localtest.me"] {
        urls.push(format!("http://{suffix}/"));
    }
    urls
}
