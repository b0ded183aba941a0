import { canonicalText, ownFile, readNumbers } from '../testing/vectors';
import { canonicalNumber } from './number';

const inDocument = (literal: string) => canonicalText(`[${literal}]`).slice(1, -1);

describe('numbers', () => {
  it('has known answers for 200 literals', () => {
    const numbers = readNumbers(ownFile('numbers.tsv'));
    expect(numbers).toHaveLength(200);
    expect(numbers.map(([literal]) => inDocument(literal))).toEqual(
      numbers.map(([, canonical]) => canonical),
    );
    expect(numbers.map(([literal]) => canonicalNumber(literal))).toEqual(
      numbers.map(([, canonical]) => canonical),
    );
  });

  it.each([
    ['zero', ['0', '-0', '0.0', '-0.000', '0e9', '-0E-99', '0e99999999999999999999'], '0'],
    [
      'the last safe integer',
      ['9007199254740991', '9007199254740991.0', '9.007199254740991E15', '9007199254740990.7'],
      '9007199254740991',
    ],
    [
      'the first beyond',
      ['9007199254740993', '9007199254740993.0', '9.007199254740993E15', '90071992547409930e-1'],
      '9007199254740993',
    ],
    ['safe and a half, not rounded', ['9007199254740991.5', '90071992547409915e-1'], '9007199254740991.5'],
    ['17 digits, rounded', ['0.10000000000000001', '1.0000000000000001e-1'], '0.1'],
    ['18 digits, kept', ['0.100000000000000012', '100000000000000012E-18'], '0.100000000000000012'],
    ['21 digits in front', ['100000000000000000000', '1e20', '0.1E21'], '100000000000000000000'],
    ['22 digits in front', ['1000000000000000000000', '1e21', '10E+20'], '1e+21'],
    ['22 digits in front, none zero', ['1234567890123456789012'], '1.234567890123456789012e+21'],
    ['21 exact digits', ['123456789012345678901', '1.23456789012345678901e20'], '123456789012345678901'],
    ['a point inside 21 digits', ['123456789012345678901.5'], '123456789012345678901.5'],
    ['a millionth', ['0.000001', '1e-6', '0.1E-5'], '0.000001'],
    ['below a millionth', ['0.0000001', '1e-7'], '1e-7'],
    ['below a millionth, several digits', ['0.00000012345'], '1.2345e-7'],
    [
      'below a millionth, more digits than are rounded',
      ['0.000000123456789012345678'],
      '1.23456789012345678e-7',
    ],
    [
      'about a millionth, more digits than are rounded',
      ['0.00000123456789012345678'],
      '0.00000123456789012345678',
    ],
    ['the smallest double', ['5e-324', '4.9e-324', '3e-324', '2.5e-324'], '5e-324'],
    ['nothing to a double', ['2e-324', '20e-325', '0.2e-323'], '2e-324'],
    ['above all doubles', ['1e400', '10E399', '0.1e401'], '1e+400'],
    ['far below', ['-1e-400'], '-1e-400'],
    [
      'exponents of any length',
      ['1e99999999999999999999', '10e99999999999999999998', '0.1e+100000000000000000000'],
      '1e+99999999999999999999',
    ],
    [
      'a carry through the exponent',
      ['1e-100000000000000000000', '10e-100000000000000000001', '0.1e-99999999999999999999'],
      '1e-100000000000000000000',
    ],
    [
      'the edge of exact exponents',
      ['1e1000000000000000', '10e999999999999999', '0.01e1000000000000002', '1e+0001000000000000000'],
      '1e+1000000000000000',
    ],
    [
      'the same edge below',
      ['1.5e-999999999999999', '15e-1000000000000000', '0.15E-999999999999998'],
      '1.5e-999999999999999',
    ],
  ])('prints %s', (_, spellings, canonical) => {
    expect(spellings.map(inDocument)).toEqual(spellings.map(() => canonical));
    expect(inDocument(canonical)).toBe(canonical);
  });

  it('keeps the sign', () => {
    expect(inDocument('-9007199254740993.0')).toBe('-9007199254740993');
    expect(inDocument('-1.50')).toBe('-1.5');
    expect(inDocument('-1e-7')).toBe('-1e-7');
  });
});
