use super::*;
use proptest::prelude::*;

fn canonical(text: &str) -> String {
    Username::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).canonical
}

#[test]
fn spellings_of_one_name_are_one_account() {
    assert_eq!(canonical("Alice"), canonical("  alice "));
    assert_eq!(canonical("ａｌｉｃｅ"), canonical("ALICE"));
    assert_eq!(canonical("한글"), canonical("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"));
    for apostrophe in ['\u{2018}', '\u{2019}', '\u{2bb}', '\u{2bc}', '\u{a78b}', '\u{a78c}', '\u{ff07}'] {
        assert_eq!(canonical("O'Brien"), canonical(&format!("o{apostrophe}brien")), "{apostrophe}");
    }
    assert_eq!(Username::parse("Alice@Example.org").unwrap().as_str(), "Alice@Example.org");
    assert_eq!(Username::parse("O\u{2019}Brien").unwrap().as_str(), "O\u{2019}Brien", "shown as it was typed");
}

#[test]
fn a_capital_i_with_a_dot_is_one_name_in_every_case() {
    for spelling in ["İlker", "i\u{307}lker", "ilker", "ILKER", "I\u{307}LKER", "\"İlker\".toLowerCase()"] {
        let spelling = if spelling.starts_with('"') { "İlker".to_lowercase() } else { spelling.to_owned() };
        assert_eq!(canonical(&spelling), "ilker", "{spelling:?}");
    }
    assert_eq!(Username::parse("İlker").unwrap().as_str(), "İlker");
    assert_ne!(canonical("ılker"), "ilker", "an i without a dot is another letter");
}

#[test]
fn names_of_people_and_their_mail_are_taken_in_any_script() {
    for name in [
        "o'brien@example.ie",
        "d\u{2019}angelo",
        "हिन्दी",
        "தமிழ்",
        "বাংলা",
        "ગુજરાતી",
        "ਪੰਜਾਬੀ",
        "తెలుగు",
        "ಕನ್ನಡ",
        "മലയാളം",
        "සිංහල",
        "ไทย",
        "ลาว",
        "မြန်မာ",
        "ខ្មែរ",
        "བོད",
        "አማርኛ",
        "محمّد",
        "علی",
        "שָׁלוֹם",
        "Ελένη",
        "ᾳδης",
        "Чайковский",
        "Ҷамшед",
        "Հայկ",
        "ქეთევან",
        "ᏣᎳᎩ",
        "ߒߞߏ",
        "𞤀𞤣𞤤𞤢𞤥",
        "홍길동",
        "홍길동abc",
        "日本太郎",
        "さくら_カナ",
        "張偉2",
        "Nguyễn.Văn",
        "Łukasz",
        "ẹ\u{301}kọ",
        "Straße",
        "Ḁlice",
        "Ἀθηνᾶ",
        "ᾼδης",
        "María-José",
        "рустам@example.org",
        "राम@example.com",
        "कमल123",
        "иван@почта.рф",
        "a+b@c-d.example",
    ] {
        assert_eq!(Username::parse(name).err(), None, "{name}");
    }
}

#[test]
fn names_with_unseen_or_confusing_characters_are_refused() {
    assert_eq!(Username::parse(" "), Err(UsernameError::Empty));
    for (bad, which) in
        [("a b", ' '), ("a/b", '/'), ("<b>", '<'), ("a\"b", '"'), ("a😀", '😀'), ("ab\u{2800}", '\u{2800}')]
    {
        assert_eq!(Username::parse(bad), Err(UsernameError::Character(which)), "{bad:?}");
    }
    assert_eq!(Username::parse(&"a".repeat(255)), Err(UsernameError::Long));
    assert!(Username::parse(&"a".repeat(254)).is_ok());
}

/// `Default_Ignorable_Code_Point` of Unicode 17 (DerivedCoreProperties.txt), and what else is drawn as nothing.
const HIDDEN: [(u32, u32); 24] = [
    (0, 8),
    (0xe, 0x1f),
    (0x7f, 0x84),
    (0xad, 0xad),
    (0x34f, 0x34f),
    (0x61c, 0x61c),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfff8),
    (0x16fe4, 0x16fe4),
    (0x1107f, 0x1107f),
    (0x13440, 0x13440),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
    (0x2800, 0x2800),
];

#[test]
fn a_twin_of_a_name_with_an_unseen_character_is_refused() {
    for c in HIDDEN.into_iter().flat_map(|(from, to)| from..=to).filter_map(char::from_u32) {
        for twin in
            [format!("car{c}ol"), format!("{c}carol"), format!("carol{c}"), format!("홍{c}길동"), format!("हि{c}न्दी")]
        {
            assert!(Username::parse(&twin).is_err(), "U+{:04X} in {twin:?}", u32::from(c));
        }
    }
    for hidden in ['\u{3164}', '\u{115f}', '\u{ffa0}', '\u{200b}', '\u{e0061}', '\0'] {
        let error = Username::parse(&format!("carol{hidden}x")).unwrap_err();
        assert!(matches!(error, UsernameError::Hidden(_)) && error.to_string().contains("U+"), "{error}");
    }
}

#[test]
fn a_twin_of_a_name_by_letters_of_another_script_is_refused_and_the_scripts_are_named() {
    let mixed = |text: &str| Username::parse(text).err();
    assert_eq!(mixed("c\u{430}rol"), Some(UsernameError::Mixed("Latin", "Cyrillic")));
    assert_eq!(mixed("\u{441}arol"), Some(UsernameError::Mixed("Cyrillic", "Latin")));
    assert_eq!(mixed("car\u{3bf}l"), Some(UsernameError::Mixed("Latin", "Greek")));
    assert_eq!(mixed("carol\u{345}"), Some(UsernameError::Character('\u{345}')));
    assert_eq!(mixed("car\u{585}l"), Some(UsernameError::Mixed("Latin", "Armenian")));
    for twin in [
        "c\u{430}rol@example.org",
        "carol@ex\u{430}mple.org",
        "user\u{9ea}",
        "user\u{660}",
        "\u{13d9}arol",
        "홍길동\u{430}",
    ] {
        assert!(matches!(mixed(twin), Some(UsernameError::Mixed(..))), "{twin:?}: {:?}", mixed(twin));
    }
    // Letters of Latin itself that look like others: phonetic ones.
    for twin in ["c\u{251}rol", "\u{261}reta", "car\u{29f}"] {
        assert!(matches!(mixed(twin), Some(UsernameError::Character(_))), "{twin:?}: {:?}", mixed(twin));
    }
}

#[test]
fn a_mark_that_is_not_seen_or_covers_another_is_refused() {
    for twin in
        ["\u{301}carol", "carol.\u{301}x@\u{301}", "á\u{301}bel", "กำ\u{e38}\u{e38}", "1\u{301}", "\u{131}\u{307}lker"]
    {
        assert!(matches!(Username::parse(twin), Err(UsernameError::Mark(_))), "{twin:?}: {:?}", Username::parse(twin));
    }
    let stacked = format!("a{}", "\u{300}\u{302}\u{323}\u{328}\u{30c}");
    assert!(matches!(Username::parse(&stacked), Err(UsernameError::Mark(_))), "{stacked:?}");
}

#[test]
fn whoever_has_a_name_of_an_earlier_release_is_found_by_it() {
    for stored in ["carol\u{1160}", "c\u{430}rol", "carol\u{345}", "o\u{2bc}brien", "𐌰𐌱", "İlker"] {
        assert!(
            Username::existing(stored).unwrap().stored_forms().contains(&before(stored).unwrap().as_str()),
            "{stored}"
        );
    }
    assert_eq!(Username::existing("İlker").unwrap().stored_forms(), ["i\u{307}lker", "ilker"]);
}

/// The canonical form as the first release made it, and of which names.
fn before(typed: &str) -> Option<String> {
    let shown: String = typed.trim().nfkc().collect();
    let taken = shown.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@'));
    (taken && !shown.is_empty() && shown.chars().count() <= MAX_USERNAME_CHARS)
        .then(|| shown.to_lowercase().nfkc().collect())
}

/// Texts that are nearly names, with what is hard about them.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-zA-Z0-9._@+'-]{1,3}",
        3 => "\\p{L}{1,2}",
        2 => "[\u{300}-\u{345}]{1,2}",
        1 => "\\p{M}",
        1 => "\\p{N}",
        1 => "\\PC",
        3 => prop::sample::select(vec![
            "İ", "I\u{307}", "i\u{307}", "ı", "\u{307}", "ß", "ẞ", "Σ", "ς", "σ", "\u{2019}", "\u{2bc}", "ﬁ", "Ａ", "ᾼ", "ΐ", "Ⴀ", "Ა",
            "\u{3164}", "\u{115f}", "\u{ffa0}", "\u{200d}", "\u{fe0f}", "ᏸ", "Ꭰ", "į", "Į", "홍", "\u{1112}\u{1161}", "\u{323}", "ϴ", "K", "Å",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// What is left of a name for whoever looks at it, case aside.
fn look(text: &str) -> String {
    let seen = |text: &str| {
        text.nfkc()
            .filter(|c| !HIDDEN.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(*c))))
            .collect::<String>()
    };
    seen(&seen(text).to_lowercase())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_canonical_form_of_a_name_is_a_name_and_its_own_canonical_form(text in nearly()) {
        if let Ok(name) = Username::parse(&text) {
            let again = Username::parse(name.canonical());
            prop_assert_eq!(again.as_ref().map(Username::canonical), Ok(name.canonical()));
            let shown = Username::parse(name.as_str());
            prop_assert_eq!(shown.as_ref().map(Username::canonical), Ok(name.canonical()));
            let lower = Username::parse(&name.as_str().to_lowercase());
            prop_assert_eq!(lower.as_ref().map(Username::canonical), Ok(name.canonical()));
        }
        if let Ok(name) = Username::existing(&text) {
            let again = Username::existing(name.canonical());
            prop_assert_eq!(again.as_ref().map(Username::canonical), Ok(name.canonical()));
        }
    }

    #[test]
    fn no_two_names_look_alike_by_their_normal_form_and_what_is_unseen(
        text in nearly(), at in any::<prop::sample::Index>(), put in 0..HIDDEN.len()
    ) {
        let hidden = char::from_u32(HIDDEN[put].0).unwrap();
        let mut twin: Vec<char> = text.chars().collect();
        twin.insert(at.index(twin.len() + 1), hidden);
        let twins = [twin.into_iter().collect(), text.nfd().collect(), text.nfkd().collect(), look(&text)];
        for twin in twins.into_iter().filter(|twin: &String| look(twin) == look(&text)) {
            if let (Ok(one), Ok(other)) = (Username::parse(&text), Username::parse(&twin)) {
                prop_assert_eq!(one.canonical(), other.canonical(), "{:?} and {:?}", text, twin);
            }
        }
    }

    #[test]
    fn every_name_that_the_first_release_took_is_found_as_it_was_stored(text in nearly()) {
        if let Some(stored) = before(&text) {
            let name = Username::existing(&text);
            prop_assert!(name.as_ref().is_ok_and(|name| name.stored_forms().contains(&stored.as_str())), "{:?}: {:?}", text, name);
        }
    }
}
