const timestamp =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+]([0-9]{2}):([0-9]{2})))|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?))?$/;

/** Whether the text is a time to the reader, which then keeps it as text. Source: parseTimestamp in go.yaml.in/yaml/v2 resolve.go. */
export function isYamlTimestamp(text: string): boolean {
  const match = timestamp.exec(text);
  if (match === null) return false;
  const [
    year = 0,
    month = 0,
    day = 0,
    hour = 0,
    minute = 0,
    second = 0,
    zoneHour = 0,
    zoneMinute = 0,
    hourBefore = 0,
    minuteBefore = 0,
    secondBefore = 0,
  ] = match.slice(1).map((digits: string | undefined) => Number(digits ?? 0));
  const daysOfMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth;
  const isTime = Math.max(hour, hourBefore) < 24 && Math.max(minute, second, minuteBefore, secondBefore) < 60;
  return isDay && isTime && zoneHour <= 24 && zoneMinute < 60;
}
