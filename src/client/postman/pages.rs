//! Lists that come in pages: `{"data":[…],"meta":{…}}`, of which either may be missing.

use serde::Deserialize;
use serde_json::Value;

use super::lenient;
use crate::client::Rows;

/// The most rows of one answer, however long a page the server likes.
const MOST: usize = 100_000;

/// One page.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    meta: Option<Value>,
}

/// What stands beside the rows.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    /// Where the next page is; at the end empty, null or absent.
    #[serde(deserialize_with = "lenient::filled")]
    pub(super) next_cursor: Option<String>,
    #[serde(deserialize_with = "lenient::count")]
    pub(super) total: Option<u64>,
}

impl Page {
    /// The rows, each read as `T`; what is no object is left out.
    pub(super) fn rows<T: serde::de::DeserializeOwned, R>(
        self,
        convert: impl FnMut(T) -> R,
    ) -> Result<Rows<R>, &'static str> {
        let meta: Meta = self.meta();
        let data = match (self.data, self.meta) {
            (Some(Value::Array(data)), _) => data,
            // no property is promised, so a list without rows may leave its rows out
            (None | Some(Value::Null), Some(Value::Object(_))) => Vec::new(),
            _ => return Err("an answer without the list it should hold"),
        };
        if data.len() > MOST {
            return Err("more rows than any page has");
        }
        let rows = data.into_iter().filter(Value::is_object).filter_map(|row| serde_json::from_value(row).ok());
        Ok(Rows { rows: rows.map(convert).collect(), next: meta.next_cursor, total: meta.total, bytes: 0 })
    }

    /// What stands beside the rows; nothing, where nothing does.
    pub(super) fn meta<M: Default + serde::de::DeserializeOwned>(&self) -> M {
        let meta = self.meta.as_ref().filter(|meta| meta.is_object()).cloned();
        meta.and_then(|meta| serde_json::from_value(meta).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "lenient::text")]
        name: crate::domain::untrusted::Untrusted,
    }

    fn read(wire: Value) -> Result<Rows<String>, &'static str> {
        serde_json::from_value::<Page>(wire).unwrap().rows(|row: Row| row.name.as_received().to_owned())
    }

    #[rstest]
    #[case(json!({"data": []}))]
    #[case(json!({"data": [], "meta": null}))]
    #[case(json!({"data": [], "meta": {}}))]
    #[case(json!({"data": [], "meta": {"nextCursor": null}}))]
    #[case(json!({"data": [], "meta": {"nextCursor": ""}}))]
    #[case(json!({"data": [], "meta": []}))]
    #[case(json!({"meta": {"total": 0.0}}))]
    #[case(json!({"data": null, "meta": {}}))]
    fn a_list_ends_in_every_way(#[case] wire: Value) {
        let page = read(wire).unwrap();
        assert_eq!((page.rows.len(), page.next), (0, None));
    }

    #[test]
    fn rows_and_cursor_are_read_and_what_is_no_row_is_left_out() {
        let page = read(json!({"data": [{"name": "a"}, null, 7, {}], "meta": {"nextCursor": "c==", "total": 12.0}}));
        let page = page.unwrap();
        assert_eq!((page.next.as_deref(), page.total), (Some("c=="), Some(12)));
        assert_eq!(page.rows, ["a", ""]);
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!({"ok": true}))]
    #[case(json!({"data": {}}))]
    #[case(json!({"data": null}))]
    #[case(json!({"meta": null}))]
    fn an_answer_of_another_kind_is_no_empty_list(#[case] wire: Value) {
        assert!(read(wire).is_err());
    }
}
