//! Findings of checkov that stay, each with its reason.

/// A finding that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The check, as checkov names it.
    pub check: &'static str,
    /// The names of the resources in the template that it is accepted for.
    pub resources: &'static [&'static str],
    /// Why it stays.
    #[allow(dead_code, reason = "it is for whoever reads the list")]
    pub why: &'static str,
}

const FUNCTIONS: &[&str] = &[
    "UploadFunction",
    "IngestFunction",
    "CompressFunction",
    "FinalizeFunction",
    "StatusFunction",
];

/// All of them. One that is not found any more is a fault too, so that the list stays true.
pub const ACCEPTED: [Accepted; 11] = [
    Accepted {
        check: "CKV_AWS_18", // S3 access logging
        resources: &["UploadsBucket", "OutputsBucket", "DropBucket"],
        why: "It needs a bucket more, which grows without bound. Whoever has to keep such logs has \
              CloudTrail's data events for the account.",
    },
    Accepted {
        check: "CKV_AWS_21", // S3 versioning
        resources: &["UploadsBucket", "OutputsBucket"],
        why: "Their keys are made by the functions and written once; a version more would be paid for \
              and never read. The drop bucket, into which others write, has versions.",
    },
    Accepted {
        check: "CKV_AWS_27", // SQS encryption
        resources: &[
            "ImagesQueue",
            "ImagesDlq",
            "FinalizeQueue",
            "FinalizeDlq",
            "IngestDlq",
        ],
        why: "They are encrypted, by SqsManagedSseEnabled; checkov looks for a KMS key only, which \
              costs a call for what a message holds: an id.",
    },
    Accepted {
        check: "CKV_AWS_76", // API Gateway access logging
        resources: &["Api"],
        why: "There by the parameter AccessLogs. On by default it would fail a deployment in every \
              account whose API Gateway has no role to write logs with.",
    },
    Accepted {
        check: "CKV_AWS_115", // Lambda reserved concurrency
        resources: &["IngestFunction", "CompressFunction", "FinalizeFunction"],
        why: "ApiReservedConcurrency keeps some for upload and status. What these three may have at most is \
              bounded by CompressConcurrency and FinalizeConcurrency, and none can be reserved in new accounts.",
    },
    Accepted {
        check: "CKV_AWS_116", // Lambda dead-letter queue
        resources: &[
            "UploadFunction",
            "CompressFunction",
            "FinalizeFunction",
            "StatusFunction",
        ],
        why: "Upload and status are called by those who wait for the answer. Compress and finalize get \
              messages of queues that have dead-letter queues, and a sweep that failed is followed by the next.",
    },
    Accepted {
        check: "CKV_AWS_117", // Lambda in a VPC
        resources: FUNCTIONS,
        why: "They fetch from the internet. In a VPC that takes a NAT gateway, which costs more than \
              all the rest; the README says when it is wanted and how.",
    },
    Accepted {
        check: "CKV_AWS_120", // API Gateway caching
        resources: &["Api"],
        why: "A status is to be that of now, and a cache is paid by the hour.",
    },
    Accepted {
        check: "CKV_AWS_149", // Secrets encrypted by a KMS key of one's own
        resources: &["GeneratedWebhookSecret"],
        why: "Secrets Manager encrypts it with its own key, and the roles of two functions alone may read it. \
              Whoever wants a key of their own makes the secret and gives it as WebhookSecret.",
    },
    Accepted {
        check: "CKV_AWS_158", // Logs encrypted by KMS
        resources: &[
            "UploadLogs",
            "IngestLogs",
            "CompressLogs",
            "FinalizeLogs",
            "StatusLogs",
        ],
        why: "CloudWatch encrypts them with its own key, and no secret is logged. A key of the \
              operator's would have to let CloudWatch use it, or the functions lose their logs.",
    },
    Accepted {
        check: "CKV_AWS_173", // Lambda variables encrypted by KMS
        resources: FUNCTIONS,
        why: "Lambda encrypts them with its own key, and what must not be seen stands in Secrets Manager.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_stands_once_and_has_its_reason() {
        let checks = ACCEPTED.map(|accepted| accepted.check);
        for (place, accepted) in ACCEPTED.iter().enumerate() {
            assert!(!checks[..place].contains(&accepted.check));
            assert!(!accepted.resources.is_empty() && accepted.why.ends_with('.'));
        }
    }
}
