//! Money: whole minor units and a currency. No float ever touches it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest amount in any currency: 99 999 999.99, here in hundredths.
const LARGEST: i64 = 9_999_999_999;
/// Its digits before the point.
const MOST_DIGITS: usize = 8;

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// The currencies in circulation (ISO 4217, list one, without funds and metals).
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN \
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD \
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY \
    KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP \
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT \
    TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER \
    ZAR ZMW ZWG";

impl Currency {
    /// What is meant when nothing is said.
    pub const USD: Self = Self(*b"USD");

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only upper-case ASCII letters are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Whether it is in circulation. New prices need that; what is in the log stays as it is.
    #[must_use]
    pub fn is_current(&self) -> bool {
        CODES.contains(self.as_str())
    }

    /// Digits after the point (ISO 4217 "minor unit").
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        match self.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|x| x.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(InvalidMoney::Currency),
        }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$" })
    }
}

/// An amount as a caller writes it: a decimal string, or a JSON number with the same digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(Decimal);

impl Amount {
    /// The amount in minor units: not negative, not above 99,999,999.99, no more digits than the
    /// currency has.
    pub fn minor(&self, currency: Currency) -> Result<i64, InvalidMoney> {
        let digits = currency.minor_digits();
        let amount = self.0.normalize();
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(InvalidMoney::Negative);
        }
        if amount.scale() > digits {
            return Err(InvalidMoney::Digits { currency, digits });
        }
        if amount > Decimal::new(LARGEST, 2) {
            return Err(InvalidMoney::TooLarge);
        }
        let factor = Decimal::from(10_i64.pow(digits));
        let minor = amount.checked_mul(factor).and_then(|minor| minor.to_i64());
        minor.ok_or(InvalidMoney::TooLarge)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.normalize())
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number, as in \"99.90\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                let plain = !text.is_empty()
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
                match Decimal::from_str_exact(text) {
                    Ok(amount) if plain => Ok(Amount(amount)),
                    _ => beyond(text)
                        .ok_or_else(|| E::custom("expected a decimal number, as in \"99.90\"")),
                }
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Amount, E> {
                Ok(Amount(Decimal::from(number)))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal::from(number)))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Amount, E> {
                // The shortest text that reads back as the same number is what the caller wrote.
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// A number with more digits than a `Decimal` has: one that is beyond every limit on the same side, so that
/// the limit is what it is told.
fn beyond(text: &str) -> Option<Amount> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(part) {
        return None;
    }
    let large = whole.trim_start_matches('0').len() > MOST_DIGITS;
    let mut amount = if large {
        Decimal::MAX
    } else {
        Decimal::new(1, 28)
    };
    amount.set_sign_negative(text.starts_with('-'));
    Some(Amount(amount))
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$" },
                { "type": "number", "minimum": 0 }
            ]
        })
    }
}

/// Minor units as a decimal string with all of the currency's digits: `9990` USD is `99.90`.
#[must_use]
pub fn decimal(minor: i64, currency: Currency) -> String {
    Decimal::new(minor, currency.minor_digits()).to_string()
}

/// Why something is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// Not an ISO 4217 code.
    #[error("expected an ISO 4217 currency code of three capital letters, as in USD")]
    Currency,
    /// Below zero.
    #[error("is negative; amounts start at 0")]
    Negative,
    /// More digits than the currency has.
    #[error("has more digits after the point than {currency} ({digits})")]
    Digits {
        /// The currency.
        currency: Currency,
        /// Its digits.
        digits: u32,
    },
    /// Above the limit.
    #[error("is above the limit of 99,999,999.99")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(json: &str) -> Amount {
        serde_json::from_str(json).expect("is an amount")
    }

    #[test]
    fn a_price_written_as_text_reads_back_byte_equal() {
        for text in ["0.10", "99.90", "0.00", "99999999.99"] {
            let minor = amount(&format!("\"{text}\""))
                .minor(Currency::USD)
                .expect("fits");
            assert_eq!(decimal(minor, Currency::USD), text);
        }
    }

    #[test]
    fn a_number_means_the_same_as_its_digits() {
        assert_eq!(amount("99.9"), amount("\"99.9\""));
        assert_eq!(amount("0.1").minor(Currency::USD), Ok(10));
        assert_eq!(amount("5").minor("JPY".parse().expect("a code")), Ok(5));
    }

    #[test]
    fn the_limit_is_the_same_amount_in_every_currency() {
        let code = |code: &str| code.parse::<Currency>().expect("a code");
        let fits = |text: &str, code| amount(&format!("\"{text}\"")).minor(code);
        assert_eq!(fits("99999999", code("JPY")), Ok(99_999_999));
        assert_eq!(fits("100000000", code("JPY")), Err(InvalidMoney::TooLarge));
        assert_eq!(fits("99999999.99", code("KWD")), Ok(99_999_999_990));
        assert_eq!(
            fits("99999999.991", code("KWD")),
            Err(InvalidMoney::TooLarge)
        );
    }

    #[test]
    fn what_breaks_a_limit_is_refused() {
        let yen: Currency = "JPY".parse().expect("a code");
        assert_eq!(
            amount("\"-0.01\"").minor(Currency::USD),
            Err(InvalidMoney::Negative)
        );
        assert!(matches!(
            amount("\"0.5\"").minor(yen),
            Err(InvalidMoney::Digits { .. })
        ));
        assert!(matches!(
            amount("\"0.001\"").minor(Currency::USD),
            Err(InvalidMoney::Digits { .. })
        ));
        assert_eq!(
            amount("\"100000000\"").minor(Currency::USD),
            Err(InvalidMoney::TooLarge)
        );
        let beyond = [
            ("1e300", InvalidMoney::TooLarge),
            ("-1e300", InvalidMoney::Negative),
        ];
        for (number, refusal) in beyond {
            assert_eq!(amount(number).minor(Currency::USD), Err(refusal));
        }
        let digits = format!("\"{}\"", "9".repeat(40));
        assert_eq!(
            amount(&digits).minor(Currency::USD),
            Err(InvalidMoney::TooLarge)
        );
        assert!(matches!(
            amount("4.3e-40").minor(Currency::USD),
            Err(InvalidMoney::Digits { .. })
        ));
        for bad in [
            "\"\"",
            "\"1e3\"",
            "\"a\"",
            "null",
            "true",
            "\"1,5\"",
            "\"+1\"",
            "\"1.5.0\"",
        ] {
            assert!(serde_json::from_str::<Amount>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn minor_units_survive_the_decimal_form(minor in 0..=LARGEST, code in "[A-Z]{3}") {
            // Below the limit, however many digits the currency has.
            let minor = minor % 100_000_000;
            let currency: Currency = code.parse().expect("a code");
            let text = format!("\"{}\"", decimal(minor, currency));
            prop_assert_eq!(amount(&text).minor(currency), Ok(minor));
        }
    }
}
