// Words of the page, in Russian and English.

const RU = {
  title: "Песочница",
  addPerson: "+ Человек",
  faults: "Сбои и журнал",
  language: "Язык страницы",
  counters: "Счётчики",
  botConnected: "бот на связи",
  botAway: "бот не опрашивает",
  webhook: "бот на вебхуке",
  offline: "нет связи с песочницей",
  client: "клиент",
  master: "мастер",
  chatWith: "Чат:",
  messages: "Сообщения",
  typing: "печатает…",
  start: "Начать",
  startHint: "Нажмите «Начать», чтобы написать боту",
  write: "Сообщение",
  send: "Отправить",
  menu: "Меню команд",
  noCommands: "Бот не задал команд",
  attach: "Прикрепить",
  ownContact: "Отправить свой контакт",
  foreignContact: "Отправить чужой контакт",
  forward: "Переслать чужое сообщение",
  forwarded: "Переслано от",
  hello: "Привет!",
  block: "Заблокировать бота",
  unblock: "Разблокировать бота",
  blockedHint: "Бот заблокирован и не может писать сюда",
  edited: "изм.",
  contact: "Контакт",
  ok: "Понятно",
  download: "Скачать файл",
  nextCall: "Следующий вызов бота",
  method: "Метод",
  anyMethod: "любой, кроме getUpdates",
  seconds: "Секунд",
  times: "Раз",
  clearFaults: "Убрать все сбои",
  updates: "Обновления",
  redeliver: "Доставить последнее ещё раз",
  redelivered: "Доставлено ещё раз:",
  journal: "Журнал вызовов",
  emptyJournal: "Бот ещё ничего не вызывал",
  calls: "вызовы",
  errors: "ошибки бота",
  unanswered: "нажатия без ответа",
  complaints: "замечания",
  unknown: "неизвестные методы",
  pending: "ждут доставки",
  newPerson: "Новый человек",
  firstName: "Имя",
  telegramId: "Telegram ID",
  theirLanguage: "Язык в Telegram",
  add: "Добавить",
  cancel: "Отмена",
  retry_after: "429 retry_after",
  drop_before: "Обрыв до выполнения",
  drop_after: "Обрыв после выполнения",
  server_error: "500",
  bad_gateway: "502 HTML",
  garbage: "Мусор вместо JSON",
  slow: "Медленный ответ",
  hang: "Зависание",
};

const EN = {
  title: "Sandbox",
  addPerson: "+ Person",
  faults: "Faults and log",
  language: "Language of the page",
  counters: "Counters",
  botConnected: "bot is connected",
  botAway: "bot is not polling",
  webhook: "bot is on a webhook",
  offline: "the sandbox is gone",
  client: "client",
  master: "master",
  chatWith: "Chat:",
  messages: "Messages",
  typing: "typing…",
  start: "Start",
  startHint: "Press Start to write to the bot",
  write: "Message",
  send: "Send",
  menu: "Command menu",
  noCommands: "The bot has set no commands",
  attach: "Attach",
  ownContact: "Share my contact",
  foreignContact: "Share somebody else's contact",
  forward: "Forward somebody's message",
  forwarded: "Forwarded from",
  hello: "Hello!",
  block: "Block the bot",
  unblock: "Unblock the bot",
  blockedHint: "The bot is blocked and can't write here",
  edited: "edited",
  contact: "Contact",
  ok: "OK",
  download: "Download the file",
  nextCall: "The bot's next call",
  method: "Method",
  anyMethod: "any but getUpdates",
  seconds: "Seconds",
  times: "Times",
  clearFaults: "Remove all faults",
  updates: "Updates",
  redeliver: "Deliver the last one again",
  redelivered: "Delivered again:",
  journal: "Call log",
  emptyJournal: "The bot has called nothing yet",
  calls: "calls",
  errors: "bot's errors",
  unanswered: "unanswered taps",
  complaints: "complaints",
  unknown: "unknown methods",
  pending: "to be delivered",
  newPerson: "New person",
  firstName: "Name",
  telegramId: "Telegram ID",
  theirLanguage: "Language in Telegram",
  add: "Add",
  cancel: "Cancel",
  retry_after: "429 retry_after",
  drop_before: "Drop before applying",
  drop_after: "Drop after applying",
  server_error: "500",
  bad_gateway: "502 HTML",
  garbage: "Garbage for JSON",
  slow: "Slow answer",
  hang: "Hang",
};

const TABLES = { ru: RU, en: EN };
let current = "ru";

// English with a 24-hour clock, as the bot writes times.
export function locale() {
  return current === "ru" ? "ru" : "en-GB";
}

export function word(key) {
  return TABLES[current][key] ?? key;
}

export function remembered() {
  try {
    return localStorage.getItem("language") === "en" ? "en" : "ru";
  } catch {
    return "ru";
  }
}

// Choose the language and put its words on everything marked with data-words and data-label.
export function speak(code) {
  current = code;
  try {
    localStorage.setItem("language", code);
  } catch {
    // a page without storage forgets the choice, no more
  }
  document.documentElement.lang = code;
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = word(element.dataset.words);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = element.matches("button") ? word(element.dataset.label) : "";
  }
}
