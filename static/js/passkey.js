// A form that takes a passkey: data-passkey is "create" or "get", the options stand in #passkey-options as JSON.
// The browser asks for the passkey when the form is sent; its answer goes into the form's field `credential`.

const data = document.getElementById("passkey-options");
const works = data !== null && "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function ask(kind) {
  const options = JSON.parse(data.textContent);
  if (kind === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.creation_options.publicKey);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey);
  return navigator.credentials.get({ publicKey });
}

function say(form, words) {
  const place = form.querySelector("[data-passkey-problem]");
  place.textContent = words;
  place.hidden = false;
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.hidden = false;
  if (!works) {
    say(form, "This browser, or this address, can’t use passkeys. They need https and a host name.");
    form.querySelector("button[type=submit]").disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const credential = await ask(form.dataset.passkey);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say(form, `No passkey was used (${error.name}). Try again, or use another way.`);
    }
  });
}
