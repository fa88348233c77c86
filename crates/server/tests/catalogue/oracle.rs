//! What the crate `jsonwebtoken` says of the good tokens, with nothing but the key set that the issuer publishes.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::door::Place;
use super::world::World;

#[test]
fn good_tokens_of_all_three_algorithms_are_good_to_another_library_by_the_published_keys() {
    let world = World::begin();
    let keys: JwkSet = serde_json::from_str(&world.jwks).unwrap();
    for place in Place::BOTH {
        let forge = world.forge(place);
        let mut door = world.door(place);
        let mut seen = Vec::new();
        let made = world.keys.iter().map(|key| forge.good_of(key));
        for token in made.chain([world.issued(place)]) {
            door.accepts("oracle", &token);
            let header = decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            let jwk = keys.find(header.kid.as_deref().unwrap()).unwrap();
            assert_eq!(jwk.common.key_algorithm.unwrap().to_string(), format!("{:?}", header.alg));
            let mut validation = Validation::new(header.alg);
            validation.set_issuer(&[world.issuer()]);
            validation.set_audience(&[forge.audience()]);
            validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
            let key = DecodingKey::from_jwk(jwk).unwrap();
            let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
            assert_eq!(claims["sub"].as_str(), Some(&*world.person.id));
            seen.push(header.alg);
            // It does look: with another letter in the claims it is none.
            let spoilt = token.replacen(".eyJ", ".eyK", 1);
            assert!(decode::<Value>(&spoilt, &key, &validation).is_err());
        }
        assert_eq!(seen, [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA]);
    }
}
