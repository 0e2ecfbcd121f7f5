//! What stands behind the question mark of a call.

use http::StatusCode;

use crate::api::problem::Problem;
use crate::codes::ProblemCode;

/// Most characters of a name that are shown.
const SHOWN: usize = 40;

/// Refuses parameters that a call does not have: one that is misspelt would change what it does.
///
/// # Errors
/// The first name that is none of the `known` ones.
pub fn only<'a>(names: impl IntoIterator<Item = &'a str>, known: &[&str]) -> Result<(), Problem> {
    let mut unknown = names.into_iter().filter(|name| !known.contains(name));
    let Some(name) = unknown.next() else {
        return Ok(());
    };
    let name = name.chars().filter(|c| !c.is_control());
    let name: String = name.take(SHOWN).collect();
    let knows = match known {
        [] => "this call has none".to_owned(),
        known => format!("this call has {}", known.join(", ")),
    };
    let detail = format!("There is no parameter {name:?}; {knows}.");
    let (status, code) = (StatusCode::BAD_REQUEST, ProblemCode::UnknownParameter);
    Err(Problem::new(status, code, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_parameter_is_named() {
        let known = ["status", "limit"];
        assert_eq!(only(["limit"], &known), Ok(()));
        let refused = only(["limit", "purgee"], &known).unwrap_err();
        assert_eq!(refused.code, "unknown_parameter");
        let body = refused.response().into_body();
        assert!(
            body.contains(r#"no parameter \"purgee\"; this call has status, limit."#),
            "{body}"
        );
        let none = only(["quality"], &[]).unwrap_err().response().into_body();
        assert!(none.contains("this call has none."), "{none}");
    }
}
