/* Writing a message to many: fields that are not asked for are hidden, and a preview follows. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-tim-compose]");
  if (!panel) {
    return;
  }
  const form = panel.closest("form");
  const bubble = panel.querySelector("[data-tim-bubble]");
  const FIELDS = {
    content: {
      text: ["text"],
      image: ["image_url", "image_width", "image_height"],
      custom: ["custom", "description"],
    },
    target: {
      accounts: ["user_ids", "file"],
      segment: ["segment"],
      groups: ["group_ids"],
      matching: ["group_type", "group_owner", "group_size", "group_silence", "group_name"],
      everyone: ["condition", "condition_values", "life_time"],
    },
  };

  function choose() {
    for (const [name, groups] of Object.entries(FIELDS)) {
      const chosen = form.elements[name].value;
      for (const [choice, fields] of Object.entries(groups)) {
        for (const field of fields) {
          form.querySelector(`.field-${field}`).hidden = choice !== chosen;
        }
      }
    }
  }

  function show() {
    const kind = form.elements.content.value;
    const value = form.elements[{ text: "text", image: "image_url", custom: "custom" }[kind]].value;
    bubble.replaceChildren({ text: asText, image: asImage, custom: asJSON }[kind](value));
  }

  function asText(value) {
    return document.createTextNode(value);
  }

  function asImage(value) {
    if (!/^https?:\/\//i.test(value)) {
      return document.createTextNode(value);
    }
    const image = document.createElement("img");
    image.referrerPolicy = "no-referrer";
    image.alt = value;
    image.src = value;
    return image;
  }

  function asJSON(value) {
    const code = document.createElement("pre");
    try {
      JSON.parse(value || "{}");
      code.textContent = value;
    } catch (error) {
      code.textContent = `${panel.dataset.timBroken}: ${error.message}`;
    }
    return code;
  }

  form.addEventListener("input", (event) => {
    if (["content", "target"].includes(event.target.name)) {
      choose();
    }
    if (event.target.name !== "image_url") {
      show();
    }
  });
  form.elements.image_url.addEventListener("change", show); // not at each letter
  choose();
  show();
});
