/* Panels that ask TIM on a click, and avatars that are loaded on one. */
"use strict";

document.addEventListener("click", async (event) => {
  const asked = event.target.closest("a.tim-ask");
  if (asked) {
    event.preventDefault();
    await answer(asked);
    return;
  }
  const avatar = event.target.closest("button[data-tim-avatar]");
  if (avatar) {
    showAvatar(avatar);
  }
});

/* Put the panel that the link leads to in the place of the one that has it. */
async function answer(link) {
  const panel = link.closest("section");
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href, {
      credentials: "same-origin",
      headers: { "X-Requested-With": "fetch" },
      redirect: "error", // to the log-in page: the session is over
    });
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    panel.replaceWith(page.querySelector("section"));
  } catch (error) {
    location.href = link.href; // as without a script: the page says what is wrong
  }
}

/* The URL is the account's own: nobody's server learns who looks, from where. */
function showAvatar(button) {
  const image = document.createElement("img");
  image.referrerPolicy = "no-referrer";
  image.className = "tim-avatar";
  image.alt = button.textContent;
  image.src = button.dataset.timAvatar;
  button.replaceWith(image);
}
