//! The page where the first administrator is made.

sentences! {
    /// The page where the first administrator is made.
    SetupText {
        title: "Set up admit", "admit 설정";
        heading: "Create the first administrator", "첫 관리자 만들기";
        lead: "This link works once. Afterwards you are signed in, and create the others in the admin console.", "이 링크는 한 번만 사용할 수 있습니다. 계정을 만들면 바로 로그인되며, 다른 사용자는 관리 화면에서 추가합니다.";
        username: "Username", "사용자 이름";
        username_hint: "Letters, digits and . _ - + @ '. An email address works too.", "글자, 숫자와 . _ - + @ ' 를 쓸 수 있습니다. 이메일 주소도 됩니다.";
        password: "Password", "비밀번호";
        submit: "Create administrator", "관리자 만들기";
        dead_title: "This link does not work", "사용할 수 없는 링크입니다";
        dead_text: "A set-up link is needed to create the first administrator. This one is missing, has expired or was used already.", "첫 관리자를 만들려면 설정 링크가 필요합니다. 링크가 없거나, 만료되었거나, 이미 사용되었습니다.";
        dead_remedy: "Whoever runs the server can print a new one:", "서버 운영자가 다음 명령으로 새 링크를 출력할 수 있습니다.";
        done_title: "There is an administrator already", "이미 관리자가 있습니다";
        done_text: "Set-up is complete. Sign in; an administrator adds other users in the admin console.", "설정이 완료되었습니다. 로그인하십시오. 다른 사용자는 관리자가 관리자 화면에서 추가합니다.";
        to_login: "Sign in", "로그인";
        username_empty: "Enter a username.", "사용자 이름을 입력하십시오.";
        username_long: "The username is longer than 254 characters.", "사용자 이름이 254자를 넘습니다.";
        username_character: "Use only letters, digits and . _ - + @ ' in the username.", "사용자 이름에는 글자, 숫자와 . _ - + @ ' 만 쓸 수 있습니다.";
        username_hidden: "The username contains an invisible character. Remove it.", "사용자 이름에 보이지 않는 문자가 있습니다. 지우고 다시 입력하십시오.";
        username_mark: "The username has an accent that is not on a letter, is there twice, or is one of too many.", "사용자 이름에 글자 없이 쓰인 부호나 겹쳐 쓴 부호가 있습니다.";
        username_mixed: "The username mixes letters of two scripts in one word, such as Latin and Cyrillic. They can look alike: use one script.", "사용자 이름의 한 단어에 라틴 문자와 키릴 문자처럼 서로 다른 문자가 섞여 있습니다. 모양이 비슷해 헷갈릴 수 있으니 한 가지 문자만 쓰십시오.";
        username_taken: "This username is taken.", "이미 사용 중인 사용자 이름입니다.";
    }
}
