//! A network of a test's own, in which all addresses are this machine's.

use std::io::Write;
use std::process::Command;

/// Says to a test that it runs within the network.
const WITHIN: &str = "HALFTONE_ATTACK_WITHIN";

/// Makes all addresses local, and the test's DNS server the system's; then becomes what is asked for.
const SETUP: &str = r#"
ip link set lo up
ip route add local 0.0.0.0/0 dev lo
ip -6 route add local ::/0 dev lo
files=$1; shift
mount --bind "$files/resolv.conf" /etc/resolv.conf
mount --bind "$files/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$files/hosts" /etc/hosts
exec "$@"
"#;

/// Runs a test, by its name, within such a network; where none can be made, says so.
#[allow(
    clippy::disallowed_methods,
    reason = "how a test finds out where it runs"
)]
pub fn within(test: &str, run: impl FnOnce()) {
    if std::env::var(WITHIN).is_ok() {
        return run();
    }
    let files = tempfiles(test);
    let Some(mut enter) = ways()
        .into_iter()
        .find(|way| can(way, &files))
        .map(|way| command(&way, &files))
    else {
        eprintln!(
            "LEFT OUT: {test}: no network namespace may be made here (unshare --net --mount, ip)"
        );
        return;
    };
    let program = std::env::current_exe().unwrap();
    let run = enter
        .arg(program)
        .args([test, "--exact", "--nocapture"])
        .env(WITHIN, "1");
    let output = run.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    eprintln!("{out}");
    assert!(output.status.success(), "{out}\n{err}");
    // Not by finding no test of that name.
    assert!(out.contains("1 passed"), "{out}");
}

/// As root, or as a user who may be root of a namespace.
fn ways() -> [Vec<&'static str>; 2] {
    [
        vec!["--net", "--mount"],
        vec!["--map-root-user", "--net", "--mount"],
    ]
}

fn command(way: &[&str], files: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-ec", SETUP, "sh", files]);
    command
}

fn can(way: &[&str], files: &str) -> bool {
    let tried = command(way, files).arg("true").output();
    tried.is_ok_and(|output| output.status.success())
}

/// What the system's resolver reads.
fn tempfiles(test: &str) -> String {
    let folder = std::env::temp_dir().join(format!("halftone-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        (
            "resolv.conf",
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        ),
        ("nsswitch.conf", "hosts: files dns\n"),
        (
            "hosts",
            "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
        ),
    ] {
        let mut file = std::fs::File::create(folder.join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}
