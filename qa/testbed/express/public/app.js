const place = document.querySelector('#account');

async function show() {
  const answer = await fetch('/account');
  if (answer.redirected) {
    place.textContent = 'Nobody is signed in.';
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  place.replaceChildren(...page.querySelectorAll('main > p'));
}

show();
