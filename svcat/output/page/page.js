"use strict";
// Everything that a broker said reaches the page as text (textContent), never as markup; addresses
// come checked from whoever wrote the data, and are checked once more.
(() => {
  const shop = JSON.parse(document.getElementById("data").textContent);
  const CARDS_AT_ONCE = 100;
  const PLANS_AT_ONCE = 6;
  const MOST_TAGS = 24;
  const MOST_PICKED = 6;

  const byId = (id) => document.getElementById(id);
  const all = [];
  const wish = { words: [], price: "", bindable: false, broker: "", tags: new Set() };
  const picked = new Map();
  const unfolded = new Set();
  let cardsShown = CARDS_AT_ONCE;
  let hasPictures = false;

  // --- small helpers ----------------------------------------------------------------------------

  function make(tag, text, className) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  }

  function stamp(id) {
    return byId(id).content.cloneNode(true);
  }

  function count(number, word, words) {
    return `${number.toLocaleString("en")} ${number === 1 ? word : words}`;
  }

  function address(text, schemes) {
    try {
      const url = new URL(text);
      return schemes.includes(url.protocol) ? url : null;
    } catch {
      return null;
    }
  }

  function titleOf(thing) {
    return thing.title || thing.name;
  }

  // --- what is there ----------------------------------------------------------------------------

  shop.brokers.forEach((broker, b) => {
    broker.classes.forEach((service, s) => {
      const about = [
        service.name, service.title, service.description, service.long, service.provider,
        broker.name, ...service.tags,
      ].join("\n").toLowerCase();
      service.plans.forEach((plan, p) => {
        plan.key = `${b}.${s}.${p}`;
        plan.broker = broker;
        plan.service = service;
        plan.words = [about, plan.name, plan.title, plan.description, ...plan.bullets]
          .join("\n").toLowerCase();
        all.push(plan);
      });
    });
  });

  function isWished(plan) {
    if (wish.price && plan.free !== (wish.price === "free")) return false;
    if (wish.bindable && !plan.bindable) return false;
    if (wish.broker && plan.broker.label !== wish.broker) return false;
    for (const tag of wish.tags) if (!plan.service.tags.includes(tag)) return false;
    return wish.words.every((word) => plan.words.includes(word));
  }

  // --- cards ------------------------------------------------------------------------------------

  function show() {
    const shelves = new Map();
    let plans = 0;
    let services = 0;
    for (const plan of all) {
      if (!isWished(plan)) continue;
      plans += 1;
      const cards = shelves.get(plan.broker) || new Map();
      shelves.set(plan.broker, cards);
      if (!cards.has(plan.service)) {
        cards.set(plan.service, []);
        services += 1;
      }
      cards.get(plan.service).push(plan);
    }
    let room = cardsShown;
    const made = [];
    for (const [broker, cards] of shelves) {
      if (room <= 0) break;
      made.push(shelf(broker, [...cards].slice(0, room)));
      room -= cards.size;
    }
    if (!plans) made.push(make("p", all.length ? "Nothing here is like that." : "There is nothing to provision yet.", "empty"));
    byId("shelves").replaceChildren(...made);
    byId("count").textContent =
      `${count(services, "service", "services")} with ${count(plans, "plan", "plans")}`;
    byId("more").hidden = services <= cardsShown;
    byId("more").textContent = `Show ${count(Math.max(0, services - cardsShown), "more service", "more services")}`;
  }

  function shelf(broker, cards) {
    const part = stamp("shelf");
    const heading = part.querySelector("h2");
    heading.querySelector(".shelf-name").textContent = broker.name;
    heading.querySelector(".shelf-scope").textContent = broker.where;
    part.querySelector(".cards").replaceChildren(...cards.map(([service, plans]) => card(service, plans)));
    return part;
  }

  function card(service, plans) {
    const part = stamp("card");
    const one = (selector) => part.querySelector(selector);
    picture(one(".icon"), service);
    one("h3").textContent = titleOf(service);
    const under = one(".card-sub");
    if (service.title) under.append(make("code", service.name));
    if (service.provider) under.append(service.title ? " by " : "by ", service.provider);
    one(".card-text").textContent = service.description;
    one(".card-long").textContent = service.long;
    one(".card-tags").replaceChildren(...service.tags.map((tag) => make("li", tag)));
    const links = [["Documentation", service.documentation], ["Support", service.support]];
    one(".card-links").replaceChildren(...links.map(link).filter(Boolean));
    const list = one(".plans");
    const rest = one(".all-plans");
    const isAll = plans.length <= PLANS_AT_ONCE + 1 || unfolded.has(service);
    const first = isAll ? plans : plans.slice(0, PLANS_AT_ONCE);
    list.replaceChildren(...first.map(row));
    rest.hidden = isAll;
    rest.textContent = `Show ${plans.length - first.length} more plans`;
    rest.addEventListener("click", () => {
      unfolded.add(service);
      list.append(...plans.slice(PLANS_AT_ONCE).map(row));
      rest.hidden = true;
    });
    return part;
  }

  function picture(tile, service) {
    const name = titleOf(service);
    let hue = 0;
    for (const character of name) hue = (hue * 31 + character.codePointAt(0)) % 360;
    tile.style.setProperty("--hue", String(hue));
    tile.textContent = [...name.trim()].slice(0, 1).join("").toUpperCase();
    const url = hasPictures && address(service.image, ["https:"]);
    if (!url) return;
    const image = make("img");
    image.alt = "";
    image.referrerPolicy = "no-referrer";
    image.addEventListener("load", () => {
      tile.classList.add("pictured");
      tile.replaceChildren(image);
    });
    image.src = url.href;
  }

  function link([word, text]) {
    const url = address(text, ["https:", "http:"]);
    if (!url) return null;
    const anchor = make("a", `${word} (${url.host})`);
    anchor.href = url.href;
    anchor.rel = "noopener noreferrer nofollow";
    anchor.target = "_blank";
    return anchor;
  }

  function row(plan) {
    const part = stamp("plan");
    const name = part.querySelector(".plan-name");
    name.textContent = titleOf(plan);
    if (plan.title) name.append(make("small", plan.name));
    const cost = part.querySelector(".cost");
    cost.textContent = plan.cost;
    cost.classList.toggle("free", plan.free);
    part.querySelector(".plan-text").textContent = plan.description;
    const pick = part.querySelector(".pick");
    pick.checked = picked.has(plan.key);
    pick.dataset.key = plan.key;
    pick.setAttribute("aria-label", `Compare ${plan.service.name}/${plan.name}`);
    pick.addEventListener("change", () => choose(plan, pick.checked));
    const details = part.querySelector("details");
    details.addEventListener("toggle", () => {
      const body = details.querySelector(".plan-body");
      if (details.open && !body.childElementCount) body.append(insides(plan));
    });
    return part;
  }

  function insides(plan) {
    const part = stamp("plan-body");
    part.querySelector(".bullets").replaceChildren(...plan.bullets.map((text) => make("li", text)));
    part.querySelector(".traits").textContent = traits(plan).join(" · ");
    const known = plan.parameters.provision || [];
    const table = part.querySelector("table");
    if (known.length) table.append(...known.map(parameterRow));
    else part.querySelector(".parameters").remove();
    const command = part.querySelector(".command");
    if (plan.command) {
      command.querySelector("code").textContent = plan.command;
      const button = command.querySelector("button");
      button.addEventListener("click", () => copy(plan.command, button));
    } else {
      command.remove();
    }
    return part;
  }

  function traits(plan) {
    const found = [
      plan.bindable ? "gives credentials" : "gives no credentials",
      plan.updateable ? "may change plan" : "keeps its plan",
    ];
    if (plan.version) found.push(`version ${plan.version}`);
    return found;
  }

  function parameterRow(parameter) {
    const line = make("tr");
    const name = make("td", parameter.name);
    if (parameter.required) name.append(make("span", " *", "must"));
    line.append(name, make("td", taken(parameter)), make("td", parameter.description));
    return line;
  }

  function taken(parameter) {
    return [
      parameter.type, parameter.allowed,
      parameter.default && `default ${parameter.default}`,
      parameter.required && "required",
    ].filter(Boolean).join(", ");
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
    }
  }

  // --- comparison -------------------------------------------------------------------------------

  function choose(plan, isChosen) {
    if (isChosen) picked.set(plan.key, plan);
    else picked.delete(plan.key);
    showPicked();
  }

  function showPicked() {
    const chosen = [...picked.values()];
    byId("tray").hidden = !chosen.length;
    byId("picked").replaceChildren(...chosen.map((plan) => {
      const item = make("li");
      const button = make("button", `${plan.service.name}/${plan.name}`);
      button.type = "button";
      button.addEventListener("click", () => choose(plan, false));
      item.append(button);
      return item;
    }));
    byId("compare").disabled = chosen.length < 2;
    const isFull = chosen.length >= MOST_PICKED;
    for (const box of document.querySelectorAll(".pick")) {
      box.checked = picked.has(box.dataset.key);
      box.disabled = isFull && !box.checked;
    }
  }

  function factsOf(plans) {
    const facts = [
      ["Service", (plan) => plan.service.name],
      ["Broker", (plan) => plan.broker.label],
      ["Description", (plan) => plan.description],
      ["Cost", (plan) => plan.cost],
      ["Includes", (plan) => plan.bullets.join("\n")],
      ["Gives credentials", (plan) => (plan.bindable ? "yes" : "no")],
      ["May change plan", (plan) => (plan.updateable ? "yes" : "no")],
      ["Version", (plan) => plan.version],
    ].map(([about, tell]) => ({ about, values: plans.map(tell) }));
    for (const use of ["provision", "update", "bind"]) {
      const names = new Set(plans.flatMap((plan) => (plan.parameters[use] || []).map((p) => p.name)));
      for (const name of names) {
        const found = plans.map((plan) => (plan.parameters[use] || []).find((p) => p.name === name));
        facts.push({ about: use, parameter: name, values: found.map((p) => (p ? taken(p) : "–")) });
      }
    }
    return facts.filter((fact) => fact.values.some(Boolean));
  }

  function showComparison() {
    const plans = [...picked.values()];
    const onlyDifferences = byId("differences").checked;
    const head = make("tr");
    head.append(make("td"), ...plans.map((plan) => make("th", titleOf(plan))));
    const body = make("tbody");
    for (const fact of factsOf(plans)) {
      const differs = new Set(fact.values).size > 1;
      if (onlyDifferences && !differs) continue;
      const line = make("tr", undefined, differs ? "differs" : "");
      const about = make("th", fact.parameter ? `${fact.about} ` : fact.about);
      if (fact.parameter) about.append(make("code", fact.parameter));
      line.append(about, ...fact.values.map((value) => make("td", value)));
      body.append(line);
    }
    const top = make("thead");
    top.append(head);
    byId("facts").replaceChildren(top, body);
  }

  // --- filters ----------------------------------------------------------------------------------

  function again() {
    cardsShown = CARDS_AT_ONCE;
    show();
  }

  function showTags() {
    const often = new Map();
    for (const broker of shop.brokers) {
      for (const service of broker.classes) {
        for (const tag of new Set(service.tags)) often.set(tag, (often.get(tag) || 0) + 1);
      }
    }
    const tags = [...often].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    byId("tags").replaceChildren(...tags.slice(0, MOST_TAGS).map(([tag]) => {
      const button = make("button", tag);
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => {
        const isOn = !wish.tags.delete(tag);
        if (isOn) wish.tags.add(tag);
        button.setAttribute("aria-pressed", String(isOn));
        again();
      });
      return button;
    }));
  }

  let waiting = 0;
  byId("search").addEventListener("input", (event) => {
    wish.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    clearTimeout(waiting);
    waiting = setTimeout(again, all.length > 500 ? 120 : 0);
  });
  byId("filters").addEventListener("change", () => {
    wish.price = document.querySelector("input[name=price]:checked").value;
    wish.bindable = byId("bindable").checked;
    wish.broker = byId("broker").value;
    again();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => {
    cardsShown += CARDS_AT_ONCE;
    show();
  });
  byId("icons").addEventListener("click", () => {
    hasPictures = true;
    byId("icons").hidden = true;
    show();
  });
  byId("clear").addEventListener("click", () => {
    picked.clear();
    showPicked();
  });
  byId("compare").addEventListener("click", () => {
    showComparison();
    byId("comparison").showModal();
  });
  byId("differences").addEventListener("change", showComparison);
  byId("close").addEventListener("click", () => byId("comparison").close());
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input[type=search], select, dialog");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("search").focus();
  });

  if (shop.brokers.length > 1) {
    byId("broker-choice").hidden = false;
    byId("broker").append(...shop.brokers.map((broker) => make("option", broker.label)));
    for (const option of byId("broker").options) if (!option.hasAttribute("value")) option.value = option.textContent;
  }
  byId("icons").hidden = !shop.brokers.some((b) => b.classes.some((s) => address(s.image, ["https:"])));
  byId("footer").textContent = `Written by svcat ${shop.version} on ${shop.written}, from catalogs as last fetched.`;
  showTags();
  show();
})();
