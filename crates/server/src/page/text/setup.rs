//! The page of a one-time link: the first administrator is made, or a password is set.

sentences! {
    /// The page of a one-time link: the first administrator is made, or a password is set.
    SetupText {
        title: "Set up admit", "admit 설정";
        heading: "Create the first administrator", "첫 관리자 만들기";
        lead: "This link works once. You are then signed in, and can add other users in the admin console.", "이 링크는 한 번만 사용할 수 있습니다. 계정을 만들면 바로 로그인되며, 다른 사용자는 관리자 화면에서 추가할 수 있습니다.";
        username: "Username", "사용자 이름";
        username_hint: "Letters, digits and . _ - + @ '. An email address works too.", "글자, 숫자와 . _ - + @ ' 를 사용할 수 있습니다. 이메일 주소도 사용할 수 있습니다.";
        password: "Password", "비밀번호";
        submit: "Create administrator", "관리자 만들기";
        password_title: "Set your password", "비밀번호 설정";
        password_lead: "For the account {}. This link works once. Afterwards you are signed in here, and signed out everywhere else.", "{} 계정의 비밀번호를 설정합니다. 이 링크는 한 번만 사용할 수 있습니다. 설정하면 여기서 로그인되고 다른 모든 곳에서는 로그아웃됩니다.";
        password_submit: "Set password", "비밀번호 설정";
        dead_title: "This link does not work", "사용할 수 없는 링크입니다";
        dead_text: "The link is missing, has expired, was replaced or was used already. Ask the person who sent it for a new one.", "링크가 없거나, 만료되었거나, 새 링크로 바뀌었거나, 이미 사용되었습니다. 링크를 보낸 사람에게 새 링크를 요청하십시오.";
        dead_remedy: "On the server, this command prints a new one:", "서버에서 다음 명령을 실행하면 새 링크가 출력됩니다.";
        done_title: "There is an administrator already", "이미 관리자가 있습니다";
        done_text: "Set-up is complete. Sign in; an administrator can add other users in the admin console.", "설정이 완료되었습니다. 로그인하십시오. 다른 사용자는 관리자가 관리자 화면에서 추가할 수 있습니다.";
        to_login: "Sign in", "로그인";
        username_empty: "Enter a username.", "사용자 이름을 입력하십시오.";
        username_long: "The username is longer than 254 characters.", "사용자 이름이 254자를 넘습니다.";
        username_character: "Use only letters, digits and . _ - + @ ' in the username.", "사용자 이름에는 글자, 숫자와 . _ - + @ ' 만 사용할 수 있습니다.";
        username_hidden: "The username contains an invisible character. Remove it.", "사용자 이름에 보이지 않는 문자가 있습니다. 지우고 다시 입력하십시오.";
        username_mark: "The username has an accent without a letter, the same accent twice, or too many accents.", "사용자 이름에 글자 없이 쓰인 부호, 같은 부호의 중복, 또는 너무 많은 부호가 있습니다.";
        username_mixed: "The username mixes letters of two scripts in one word, such as Latin and Cyrillic. They can look alike: use one script.", "사용자 이름의 한 단어에 라틴 문자와 키릴 문자처럼 서로 다른 문자가 섞여 있습니다. 모양이 비슷해 헷갈릴 수 있으니 한 가지 문자만 쓰십시오.";
        username_taken: "This username is taken.", "이미 사용 중인 사용자 이름입니다.";
    }
}
