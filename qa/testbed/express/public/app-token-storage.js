const place = document.querySelector('#account');

async function show() {
  const answer = await fetch('/api/session-token');
  if (!answer.ok) {
    place.textContent = 'Nobody is signed in.';
    return;
  }
  const { access_token: token } = await answer.json();
  localStorage.setItem('access_token', token);
  const account = await fetch('/account');
  const page = new DOMParser().parseFromString(await account.text(), 'text/html');
  place.replaceChildren(...page.querySelectorAll('main > p'));
}

show();
