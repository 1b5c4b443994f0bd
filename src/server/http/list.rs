//! The answer with a page of a list, written into one buffer that is large enough from the start: growing it copies what is
//! there again and again, which for a page of a thousand rows is most of the writing.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;

/// Room for one row in bytes. A key takes some 580 on the wire; a longer one only makes the buffer grow once more.
const ROW: usize = 640;
/// Room for what stands around the rows.
const AROUND: usize = 256;

/// A page with so many rows.
pub struct ListAnswer<T> {
    pub rows: usize,
    pub page: T,
}

impl<T: Serialize> IntoResponse for ListAnswer<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(AROUND + ROW * self.rows);
        match serde_json::to_writer(&mut body, &self.page) {
            Ok(()) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(_unwritable) => Problem::server().into_response(),
        }
    }
}
