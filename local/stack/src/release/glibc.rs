//! Which glibc a program asks for. One that is newer than the machine's does not start at all.

/// That of Amazon Linux 2023, which `provided.al2023` is.
const AMAZON_LINUX: u32 = 34;

/// What symbols of glibc are versioned by.
const PREFIX: &[u8] = b"GLIBC_2.";

/// What is wrong with a program, if anything is.
pub fn fault(name: &str, program: &[u8]) -> Option<String> {
    match newest(program) {
        Some(minor) if minor <= AMAZON_LINUX => None,
        Some(minor) => Some(format!(
            "{name} asks for glibc 2.{minor}; Lambda has 2.{AMAZON_LINUX}"
        )),
        None => Some(format!("{name} names no glibc: it is no program for Linux")),
    }
}

/// The newest version that stands in the program's table of names: 34 for 2.34.
fn newest(program: &[u8]) -> Option<u32> {
    let names = program.split(|&byte| byte == 0);
    let versions = names.filter_map(|name| name.strip_prefix(PREFIX));
    let minor = |version: &[u8]| {
        let minor = version.split(|&byte| byte == b'.').next()?;
        str::from_utf8(minor).ok()?.parse().ok()
    };
    versions.filter_map(minor).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_and_what_lambda_lacks_is_a_fault() {
        let program = b"\x7fELF\0GLIBC_2.17\0GLIBC_2.2.5\0GLIBC_2.30\0GLIBC_PRIVATE\0GLIBC_2.4\0";
        assert_eq!(newest(program), Some(30));
        assert_eq!(fault("upload", program), None);
        let fault = super::fault("upload", b"GLIBC_2.38\0");
        assert_eq!(
            fault.as_deref(),
            Some("upload asks for glibc 2.38; Lambda has 2.34")
        );
        assert!(super::fault("upload", b"MZ").is_some());
    }
}
