//! The functions a question may call: aggregates, windows, and what reads text, numbers, times and
//! JSON. What makes much out of little (`repeat`, `generate_series`) is not among them.

use std::collections::HashSet;
use std::sync::LazyLock;

const NAMES: &str = "
    count sum avg min max every bool_and bool_or bit_and bit_or array_agg string_agg json_agg jsonb_agg
    json_object_agg jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp corr
    percentile_cont percentile_disc mode grouping
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    coalesce nullif greatest least
    lower upper initcap length char_length character_length octet_length trim btrim ltrim rtrim substring
    substr left right position strpos replace translate reverse split_part concat concat_ws starts_with
    regexp_match regexp_replace md5 ascii quote_literal encode to_char overlay
    abs ceil ceiling floor round trunc sign mod div power sqrt exp ln log width_bucket
    now current_timestamp current_date current_time localtime localtimestamp date_trunc date_part
    extract age to_timestamp make_date make_interval justify_hours justify_days date_bin to_date
    json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text
    json_array_length jsonb_array_length json_typeof jsonb_typeof jsonb_object_keys json_object_keys
    jsonb_array_elements jsonb_array_elements_text json_array_elements json_array_elements_text
    jsonb_each jsonb_each_text json_each json_each_text to_json to_jsonb row_to_json jsonb_build_object
    json_build_object jsonb_build_array json_build_array jsonb_path_query_first jsonb_path_exists
    array_length cardinality array_position array_to_string
";

/// Of these, those that give rows.
const ROWS: &str = "
    jsonb_array_elements jsonb_array_elements_text json_array_elements json_array_elements_text
    jsonb_each jsonb_each_text json_each json_each_text jsonb_object_keys json_object_keys
";

/// The types a value may be read as.
const TYPES: &str = "
    text varchar char character int integer int2 int4 int8 bigint smallint numeric decimal real float float4
    float8 double boolean bool uuid date time timestamp timestamptz timetz interval json jsonb
";

static FUNCTIONS: LazyLock<HashSet<&str>> = LazyLock::new(|| NAMES.split_whitespace().collect());

/// Whether the function may be called.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(name)
}

/// Whether it may stand where a table stands.
pub(super) fn gives_rows(name: &str) -> bool {
    ROWS.split_whitespace().any(|known| known == name)
}

/// Whether a value may be read as this type: its first word counts.
pub(super) fn is_type(name: &str) -> bool {
    let name = name.trim_end_matches("[]").to_ascii_lowercase();
    let end = name.find([' ', '(']).unwrap_or(name.len());
    TYPES.split_whitespace().any(|known| known == &name[..end])
}
