/**
 * A float as Go prints it with `strconv.FormatFloat(value, 'g', -1, 32)`, which is how a float key becomes a string:
 * the shortest digits that give the same 32-bit float, with an exponent below 1e-4 and from 1e+06 on.
 */
export function formatGoFloat32(value: number): string {
  const float = Math.fround(value);
  if (Number.isNaN(float)) return '.nan';
  if (!Number.isFinite(float)) return float > 0 ? '.inf' : '-.inf';
  if (float === 0) return Object.is(float, -0) ? '-0' : '0';
  const [digits, exponent] = shortestDigits(Math.abs(float));
  const sign = float < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 6) return sign + withExponent(digits, exponent);
  return sign + withPoint(digits, exponent);
}

/** Significant digits and the decimal exponent of the first of them. */
function shortestDigits(float: number): [string, number] {
  for (let precision = 1; ; precision++) {
    const text = float.toExponential(precision - 1);
    if (Math.fround(Number(text)) !== float && precision < 9) continue;
    const [mantissa = '', exponent] = text.split('e');
    return [mantissa.replace('.', '').replace(/0+$/, ''), Number(exponent)];
  }
}

function withExponent(digits: string, exponent: number): string {
  const mantissa = digits.length === 1 ? digits : `${digits.slice(0, 1)}.${digits.slice(1)}`;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
}

function withPoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
