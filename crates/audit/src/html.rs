//! What a page holds that a visitor could use: forms, links, names for scripts.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use url::Url;

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// `type`, in lower case; `textarea` and `select` are their own.
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) autocomplete: Option<String>,
    pub(crate) max_length: Option<usize>,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: Url,
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    pub(crate) fields: Vec<Field>,
    /// The texts of its buttons.
    pub(crate) text: String,
}

impl Form {
    /// The fields of type `password` that have a name.
    pub(crate) fn passwords(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.kind == "password")
    }

    /// The field into which a name or an address is typed: the text field before the password.
    pub(crate) fn name_field(&self) -> Option<&Field> {
        let typed = |field: &&Field| matches!(field.kind.as_str(), "text" | "email" | "tel" | "");
        let at = self.fields.iter().position(|field| field.kind == "password").unwrap_or(self.fields.len());
        self.fields.iter().take(at).rfind(typed).or_else(|| self.fields.iter().find(typed))
    }

    /// What a browser would send if nothing was changed: unticked boxes and buttons stay away.
    pub(crate) fn filled(&self) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter(|field| {
                !matches!(field.kind.as_str(), "submit" | "button" | "reset" | "image" | "file" | "checkbox" | "radio")
            })
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect()
    }

    /// The field that holds a token against forged requests, by what such fields are called and look like.
    pub(crate) fn token_field(&self) -> Option<&Field> {
        let hidden = || self.fields.iter().filter(|field| field.kind == "hidden" && field.value.len() >= 8);
        hidden().find(|field| is_token_name(&field.name))
    }
}

/// Names that frameworks give to that field, header or meta element.
pub(crate) fn is_token_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["csrf", "xsrf", "authenticity_token", "requestverificationtoken", "_token", "anticsrf", "form_token"]
        .iter()
        .any(|known| name.contains(known))
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) forms: Vec<Form>,
    /// Where links lead, with their text.
    pub(crate) links: Vec<(Url, String)>,
    /// `name` and `content` of `meta` elements.
    pub(crate) metas: Vec<(String, String)>,
    /// Scripts of their own files.
    pub(crate) scripts: Vec<Url>,
    /// What stands in script elements.
    pub(crate) inline_script: String,
}

impl Page {
    /// Reads a page; `url` is where it stands.
    pub(crate) fn read(html: &str, url: &Url) -> Self {
        let mut page = Self::default();
        let mut form: Option<Form> = None;
        let mut link: Option<(Url, String)> = None;
        let mut script = false;
        // What stands in scripts, styles and titles is text, and no form.
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    let attribute = |wanted: &str| {
                        tag.attributes
                            .iter()
                            .find(|(name, _)| text(name).eq_ignore_ascii_case(wanted))
                            .map(|(_, value)| text(value))
                    };
                    match name.as_str() {
                        "form" => {
                            page.forms.extend(form.take());
                            form = Some(Form {
                                action: attribute("action")
                                    .filter(|action| !action.trim().is_empty())
                                    .and_then(|action| url.join(action.trim()).ok())
                                    .unwrap_or_else(|| url.clone()),
                                method: match attribute("method") {
                                    Some(method) if method.eq_ignore_ascii_case("post") => "POST",
                                    _ => "GET",
                                },
                                fields: Vec::new(),
                                text: String::new(),
                            });
                        }
                        "input" | "textarea" | "select" | "button" => {
                            let kind = match name.as_str() {
                                "input" => attribute("type").unwrap_or_else(|| "text".to_owned()).to_ascii_lowercase(),
                                "button" => "submit".to_owned(),
                                other => other.to_owned(),
                            };
                            if let (Some(form), Some(name)) = (form.as_mut(), attribute("name")) {
                                form.fields.push(Field {
                                    name,
                                    kind: kind.clone(),
                                    value: attribute("value").unwrap_or_default(),
                                    autocomplete: attribute("autocomplete"),
                                    max_length: attribute("maxlength").and_then(|text| text.parse().ok()),
                                });
                            }
                            if let (Some(form), "submit", Some(value)) =
                                (form.as_mut(), kind.as_str(), attribute("value"))
                            {
                                form.text.push_str(&value);
                            }
                        }
                        "a" => {
                            page.links.extend(link.take());
                            link =
                                attribute("href").and_then(|href| url.join(&href).ok()).map(|to| (to, String::new()));
                        }
                        "meta" => {
                            if let (Some(name), Some(content)) = (attribute("name"), attribute("content")) {
                                page.metas.push((name, content));
                            }
                        }
                        "script" => {
                            page.scripts.extend(attribute("src").and_then(|from| url.join(&from).ok()));
                            script = true;
                        }
                        _ => {}
                    }
                }
                Token::EndTag(tag) => match text(&tag.name).as_str() {
                    "form" => page.forms.extend(form.take()),
                    "a" => page.links.extend(link.take()),
                    "script" => script = false,
                    _ => {}
                },
                Token::String(string) => {
                    let string = text(&string);
                    if script {
                        page.inline_script.push_str(&string);
                    } else {
                        if let Some(form) = form.as_mut() {
                            form.text.push_str(&string);
                        }
                        if let Some((_, text)) = link.as_mut() {
                            text.push_str(&string);
                        }
                    }
                }
                _ => {}
            }
        }
        page.forms.extend(form);
        page.links.extend(link);
        page
    }

    /// The form with which one signs in: one password, something before it, and no second password.
    pub(crate) fn login_form(&self) -> Option<&Form> {
        self.forms.iter().find(|form| form.passwords().count() == 1 && form.name_field().is_some())
    }

    /// The content of a meta element that holds a token for scripts, as Rails, Laravel and Spring have it.
    pub(crate) fn meta_token(&self) -> Option<&str> {
        let called =
            |wanted: &str| self.metas.iter().find(|(name, _)| name == wanted).map(|(_, content)| content.as_str());
        called("csrf-token").or_else(|| called("_csrf")).or_else(|| called("csrf"))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(html: &str) -> Page {
        Page::read(html, &Url::parse("https://shop.example/a/b").expect("an address"))
    }

    #[test]
    fn a_login_form_is_read_as_a_browser_reads_it() {
        let page = read(
            "<FORM ACTION='../in' METHOD=Post><input name=_token type=hidden value=&quot;0123456789&quot;><label>Mail <input \
             TYPE=EMAIL name=mail></label><input type=password name=pass><input type=checkbox name=stay value=1>\
             <button name=go value=x>Sign in</button></form><a href=/out>Sign out</a><meta name=csrf-token content=abc>",
        );
        let form = page.login_form().expect("a login form");
        assert_eq!((form.action.as_str(), form.method), ("https://shop.example/in", "POST"));
        assert_eq!(form.name_field().map(|field| field.name.as_str()), Some("mail"));
        assert_eq!(form.token_field().map(|field| field.value.as_str()), Some("\"0123456789\""));
        let names: Vec<String> = form.filled().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["_token", "mail", "pass"], "no box that nobody ticked, no button that nobody pressed");
        assert_eq!(page.meta_token(), Some("abc"));
        assert_eq!(page.links.first().map(|(to, text)| (to.path(), text.as_str())), Some(("/out", "Sign out")));
    }

    #[test]
    fn a_form_for_a_new_password_is_no_login_form_and_what_stands_in_scripts_is_no_form() {
        let two = "<form><input name=u><input type=password name=a><input type=password name=b></form>";
        assert!(read(two).login_form().is_none());
        let written = "<script>document.write('<form><input name=u><input type=password name=p></form>')</script>";
        let page = read(written);
        assert!(page.login_form().is_none() && page.inline_script.contains("document.write"));
    }

    proptest! {
        #[test]
        fn no_page_is_too_broken_to_be_read(html in "(?s).{0,400}", tags in "[<>/='\"a-z ]{0,400}") {
            read(&html);
            read(&tags);
            read(&format!("<form><input name=u type=password {tags}"));
        }
    }
}
