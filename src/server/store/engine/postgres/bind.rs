//! Values as the database takes them: as whatever it made of their place in the statement.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::server::store::engine::statement::Value;

/// A value in its place.
#[derive(Debug)]
pub(super) struct Bound<'v>(pub &'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, place: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.0, place) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT8) => number.to_sql(place, out),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(place, out),
            (Value::Integer(number), &Type::INT2) => i16::try_from(*number)?.to_sql(place, out),
            (Value::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN)) => {
                text.as_str().to_sql(place, out)
            }
            (Value::Integer(_), other) => Err(format!("a number where {other} stands").into()),
            (Value::Text(_), other) => Err(format!("a text where {other} stands").into()),
        }
    }

    fn accepts(_place: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
