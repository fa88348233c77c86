//! Three keys and a token of each, made once; the private halves were thrown away. So a crash is one again tomorrow, and
//! nobody signs anything with what is in this file.

/// The issuer of the tokens.
pub(super) const ISSUER: &str = "https://login.example.org";

/// Whom the tokens are for.
pub(super) const AUDIENCE: &str = "https://api.example.org";

/// When the tokens were issued, in seconds; they live for 300.
pub(super) const ISSUED_AT: u64 = 1_800_000_000;

/// The public keys `ed` (EdDSA), `ec` (ES256) and `rsa` (RS256).
pub(super) const KEYS: &str = concat!(
    r#"{"keys":["#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"HYYdv9O2XYkxDXkBew1aryu2kisAlzYj8xeYyX8U9ro","alg":"EdDSA","use":""#,
    r#"sig","kid":"ed"},"#,
    r#"{"kty":"EC","crv":"P-256","x":"ceynhBHIwip6I4NSmuMX02YTfGk_7EkunsxDSKPgDGg","y":"PZ2Fg1UObekfuPWR47j"#,
    r#"wWeoMxqehq_X-bsG4lMj35dE","alg":"ES256","use":"sig","kid":"ec"},"#,
    r#"{"kty":"RSA","n":"qxXj-Z3phMP4zmNoO8xZdEoNQMRh6Gr41AR-E91-rWOZFKpv1HQsnhNsRRMZrA45WR4vsaU_jzeme6v6lC"#,
    r#"0fnMOSuigOKYjc3VYlTMP3z2torfisVs0eS_cD7-StiHysmOU0WS4C_ivPjfYJCqf9NKoe2RLeAkDelZkBjpQ__gcxqpQMbWCUYP"#,
    r#"fXhFR41-Uh9ifq7bJP8ai54kwlivMKmRLgQ6qSRMK1szVnmeUR5yHpgYmj0g8ROmTB7Lo_xwoT219dmut8JOahjDLJb52SdIbCn9"#,
    r#"3W5eAMIGtd3GhUQAi79-sRC4k490kwE4w_-zQB3igoyolZ1gQnynPmJv5C1Q","e":"AQAB","alg":"RS256","use":"sig",""#,
    r#"kid":"rsa"}"#,
    r#"]}"#,
);

/// A good token of each key, in that order. All say the same.
pub(super) const TOKENS: [&str; 3] = [
    concat!(
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiYXQrand0In0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUub3Jn",
        "IiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5vcmciLCJzdWIiOiIwMTAxMDEwMS0wMTAxLTAxMDEtMDEwMS0wMTAxMDEwMTAx",
        "MDEiLCJjbGllbnRfaWQiOiJzaG9wLWlvcyIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwMzAwLCJqdGkiOiJCQVFFQkFR",
        "RUJBUUUiLCJzaWQiOiIwMjAyMDIwMi0wMjAyLTAyMDItMDIwMi0wMjAyMDIwMjAyMDIiLCJnZW4iOjMsInJvbGVzIjpbImN1c3Rv",
        "bWVyIl19.iDLCFmjwgovjg-jC5aG_XH7tQ7maU8J7_qdqeJ4H6Z25sWxYOVHo25rH6Z2gBqq14OqsJ92k2PXogC55ap0eCg",
    ),
    concat!(
        "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiYXQrand0In0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUub3Jn",
        "IiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5vcmciLCJzdWIiOiIwMTAxMDEwMS0wMTAxLTAxMDEtMDEwMS0wMTAxMDEwMTAx",
        "MDEiLCJjbGllbnRfaWQiOiJzaG9wLWlvcyIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwMzAwLCJqdGkiOiJCQVFFQkFR",
        "RUJBUUUiLCJzaWQiOiIwMjAyMDIwMi0wMjAyLTAyMDItMDIwMi0wMjAyMDIwMjAyMDIiLCJnZW4iOjMsInJvbGVzIjpbImN1c3Rv",
        "bWVyIl19.gp-BLECyAChBBqFh52PrE7kzbF5zH_-KVSmrAzvYL0wvUcSZAW92WDnCJKsQXFGzFBPH4vLXuuuYdO-b2EdlhA",
    ),
    concat!(
        "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUub3J",
        "nIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5vcmciLCJzdWIiOiIwMTAxMDEwMS0wMTAxLTAxMDEtMDEwMS0wMTAxMDEwMTA",
        "xMDEiLCJjbGllbnRfaWQiOiJzaG9wLWlvcyIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwMzAwLCJqdGkiOiJCQVFFQkF",
        "RRUJBUUUiLCJzaWQiOiIwMjAyMDIwMi0wMjAyLTAyMDItMDIwMi0wMjAyMDIwMjAyMDIiLCJnZW4iOjMsInJvbGVzIjpbImN1c3R",
        "vbWVyIl19.Eb5rtARxN8etwHYw_67rlXFJgn1Kc_S37WBScAqm1Huy11Ly8aoWS6O5nC9ZO7TnrUwBjj-LoSdtD7-G1M83cIAPwK",
        "EFe6u1opQAJPmyepZrlCIA0N5irnSATd4H5eYh-U1wPkDxLtwsRbjQz1RfxoKq6ltB3oaRSLtoEB3jGm2Uc4ROHa3NXen-SO0waW",
        "wPwpA02JGRhrG4D225jIXIywLroMaHcsdxTYhH6kZJf3kHXoqHFRFu4AUoq0kDhSCG0LjhGCoZ-1gGPUQ4lpgQeidHwJxHONF-Fz",
        "NmD8CgjJ-eX_UEjLs08RNTC44IPKfo83jV6RqGYG5-6SQ3kjejxw",
    ),
];
