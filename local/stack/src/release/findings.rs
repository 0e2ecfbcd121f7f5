//! What checkov finds in the template, against what is accepted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::accepted::Accepted;

/// A check and the resource that failed it.
type Finding = (String, String);

/// What is to be mended: findings that nobody accepted, and accepted ones that are no more. `None` when
/// this is not what checkov prints.
pub fn faults(report: &Value, accepted: &[Accepted]) -> Option<Vec<String>> {
    let failed = report["results"]["failed_checks"].as_array()?;
    let found: BTreeSet<Finding> = failed.iter().map(finding).collect::<Option<_>>()?;
    let expected: BTreeSet<Finding> = accepted.iter().flat_map(pairs).collect();
    let new = found.difference(&expected);
    let new = new.map(|(check, resource)| {
        let name = failed
            .iter()
            .find(|failed| failed["check_id"] == check.as_str());
        let name = name.and_then(|failed| failed["check_name"].as_str());
        format!("{check} {resource}: {}", name.unwrap_or_default())
    });
    let gone = expected.difference(&found);
    let gone = gone.map(|(check, resource)| {
        format!("{check} {resource}: accepted, and not found any more: take it off the list")
    });
    Some(new.chain(gone).collect())
}

/// `AWS::S3::Bucket.UploadsBucket` is the resource `UploadsBucket`.
fn finding(failed: &Value) -> Option<Finding> {
    let resource = failed["resource"].as_str()?;
    let name = resource.rsplit_once('.').map_or(resource, |(_, name)| name);
    Some((failed["check_id"].as_str()?.to_owned(), name.to_owned()))
}

fn pairs(accepted: &Accepted) -> impl Iterator<Item = Finding> + use<> {
    let check = accepted.check;
    let resources = accepted.resources.iter();
    resources.map(move |resource| (check.to_owned(), (*resource).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KNOWN: [Accepted; 1] = [Accepted {
        check: "CKV_AWS_18",
        resources: &["UploadsBucket"],
        why: "It is.",
    }];

    fn of(failed: &[(&str, &str)]) -> Option<Vec<String>> {
        let failed: Vec<_> = failed
            .iter()
            .map(|(check, resource)| {
                json!({"check_id": check, "check_name": "Be safe", "resource": resource})
            })
            .collect();
        faults(&json!({"results": {"failed_checks": failed}}), &KNOWN)
    }

    #[test]
    fn only_what_nobody_accepted_is_a_fault() {
        let known = ("CKV_AWS_18", "AWS::S3::Bucket.UploadsBucket");
        assert_eq!(of(&[known]), Some(Vec::new()));
        let new = of(&[known, ("CKV_AWS_18", "AWS::S3::Bucket.OtherBucket")]);
        assert_eq!(new.unwrap(), ["CKV_AWS_18 OtherBucket: Be safe"]);
    }

    #[test]
    fn what_is_accepted_and_not_found_is_a_fault_and_so_is_no_report() {
        let gone = of(&[]).unwrap();
        assert!(
            gone.len() == 1 && gone[0].contains("take it off"),
            "{gone:?}"
        );
        assert_eq!(faults(&json!({"passed": 0}), &KNOWN), None);
    }
}
