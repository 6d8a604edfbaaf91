// The plan as an iCalendar file (RFC 5545): one weekly event per exercise, at floating local time.

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const CODES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

const escaped = (text) => text.replace(/[\\;,]/g, (sign) => `\\${sign}`).replace(/\r?\n/g, "\\n");
const two = (number) => String(number).padStart(2, "0");
const date = (when) => `${when.getFullYear()}${two(when.getMonth() + 1)}${two(when.getDate())}`;

// A line holds at most 75 octets; the rest goes on behind a space (RFC 5545, 3.1).
function folded(line) {
  const parts = [];
  let part = "";
  for (const sign of line) {
    if (new TextEncoder().encode(part + sign).length > 73) { parts.push(part); part = ""; }
    part += sign;
  }
  return [...parts, part].join("\r\n ");
}

export function calendar(entries, now) {
  const events = entries.filter((entry) => entry.days.length).flatMap((entry) => event(entry, now));
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kneewise//My plan//EN", ...events, "END:VCALENDAR"].map(folded).join("\r\n") + "\r\n";
}

function event(entry, now) {
  const first = new Date(now);
  while (!entry.days.includes((first.getDay() + 6) % 7)) first.setDate(first.getDate() + 1);
  const steps = entry.steps.map((step, index) => `${index + 1}. ${step}`).join("\n");
  return ["BEGIN:VEVENT", `UID:${entry.id}@kneewise`, `DTSTAMP:${now.toISOString().replace(/[-:]|\.\d+/g, "")}`,
    `DTSTART:${date(first)}T180000`, "DURATION:PT15M", `RRULE:FREQ=WEEKLY;BYDAY=${entry.days.map((day) => CODES[day]).join(",")}`,
    `SUMMARY:${escaped(entry.name)}${entry.dose ? escaped(`: ${entry.dose}`) : ""}`, `DESCRIPTION:${escaped([entry.dose, steps, entry.caution].filter(Boolean).join("\n"))}`, "END:VEVENT"];
}
