import fc from 'fast-check';
import { type IdListEvent, IdListParser } from './parser';
import { anyCuts, cutAt, flip } from '../testing/chunks';

const AT = 0x65_00_00_00;
const SHORT = '65000000' + 'e3069283';
const LONG = '65000001' + 'e3069283' + 'ab'.repeat(28);
const OBJECT = `{"slave_range_start": 5, "slave_range_end": 9, "master_ids": ["${SHORT}","${LONG}"]}`;
const FLAT = `[3808858755, ${AT}, "e3069283", ${AT}, "${'ab'.repeat(28)}", ${AT + 1}]`;
const OBJECT_EVENTS: IdListEvent[] = [
  { type: 'begin', range: { start: 5, end: 9 } },
  { type: 'id', id: { seconds: AT, name: 0xe3069283 } },
  { type: 'id', id: { seconds: AT + 1, name: 'ab'.repeat(28) } },
];
const FLAT_EVENTS: IdListEvent[] = [
  { type: 'begin', range: undefined },
  { type: 'id', id: { seconds: AT, name: 0xe3069283 } },
  { type: 'id', id: { seconds: AT, name: 0xe3069283 } },
  { type: 'id', id: { seconds: AT + 1, name: 'ab'.repeat(28) } },
];

describe('id lists', () => {
  it('come in two forms', () => {
    expect(parse(OBJECT)).toEqual(OBJECT_EVENTS);
    expect(parse(FLAT)).toEqual(FLAT_EVENTS);
  });

  it('may be empty, name their range in any order, and have white space anywhere', () => {
    expect(parse(' [ ]\n')).toEqual([{ type: 'begin', range: undefined }]);
    const spaced = '\r\n{ "slave_range_end" : 9 ,\t"slave_range_start":5 , "master_ids" :[ \n] } ';
    expect(parse(spaced)).toEqual([{ type: 'begin', range: { start: 5, end: 9 } }]);
    expect(parse(OBJECT.replace(/([{}[\],:])/g, ' $1 '))).toEqual(OBJECT_EVENTS);
  });

  it('are the same at every cut', () => {
    for (const [text, events] of [
      [OBJECT, OBJECT_EVENTS],
      [FLAT, FLAT_EVENTS],
    ] as const) {
      for (let at = 0; at <= text.length; at += 1)
        expect(parse(text.slice(0, at), text.slice(at))).toEqual(events);
      expect(parse(...text)).toEqual(events);
    }
  });

  it('give an id as soon as its token is complete', () => {
    const parser = new IdListParser();
    const begin = [
      ...parser.push(Buffer.from(`{"slave_range_start":1,"slave_range_end":2,"master_ids":["${SHORT}`)),
    ];
    expect(begin).toHaveLength(1);
    expect([...parser.push(Buffer.from('"'))]).toHaveLength(1);
  });

  it('are refused when a time falls, at the offset of the id', () => {
    const start = '{"slave_range_start":1,"slave_range_end":2,"master_ids":[';
    refused(`${start}"${LONG}","${SHORT}"]}`, 'IDS_UNSORTED', start.length + LONG.length + 3);
    refused('[1, 10, 1, 9]', 'IDS_UNSORTED', 11);
  });

  it.each([
    ['', 0],
    ['x', 0],
    ['null', 0],
    ['"a"', 0],
    ['\ufeff[]', 0],
    ['[1', 1],
    ['[1,', 3],
    ['[1]', 2],
    ['[1,2', 3],
    ['[1,2,]', 5],
    ['[,]', 1],
    ['[1,"2"]', 3],
    ['["abc",1]', 1],
    ['["E3069283",1]', 1],
    ['[-1,1]', 1],
    ['[1.5,1]', 2],
    ['[1e3,1]', 2],
    ['[01,1]', 1],
    ['[4294967296,1]', 1],
    ['[1,4294967296]', 3],
    ['[1,2]]', 5],
    ['[1,2][', 5],
    ['[[1,2]]', 1],
    ['{}', 1],
    ['{"a":1}', 1],
    ['{"master_ids":[]}', 14],
    ['{"slave_range_start":1,"master_ids":[]}', 36],
    ['{"slave_range_start":1,"slave_range_start":1}', 23],
    ['{"slave_range_start":"1"}', 21],
    ['{"slave_range_start":3,"slave_range_end":2,"master_ids":[]}', 56],
    ['{"slave_range_start":1,"slave_range_end":2}', 42],
    ['{"slave_range_start":1,"slave_range_end":2,"master_ids":[],"a":1}', 58],
    ['{"slave_range_start":1,"slave_range_end":2,"master_ids":[1]}', 57],
    ['{"slave_range_start":1,"slave_range_end":2,"master_ids":["65"]}', 57],
    ['{"slave_range_start":1,"slave_range_end":2,"master_ids":[]', 58],
    ['{"slave_range_start\\u0020":1}', 1],
  ])('%p is refused at byte %i', (text, offset) => {
    refused(text, 'BAD_ID_LIST', offset);
  });

  it('keep no string and no number beyond its limit', () => {
    for (const endless of ['"', '[1']) {
      const parser = new IdListParser();
      const push = (): void => {
        for (let i = 0; i < 100; i += 1) parser.push(Buffer.from(`${i === 0 ? endless : ''}1111`)).next();
      };
      expect(push).toThrow(expect.objectContaining({ code: 'BAD_ID_LIST' }));
    }
  });

  it('of any bytes, and with any flipped bit, end in events or a coded error with an offset', () => {
    const bytes = [Buffer.from(OBJECT), Buffer.from(FLAT)];
    for (const list of bytes) for (let bit = 0; bit < list.length * 8; bit += 1) onlyCoded([flip(list, bit)]);
    const anyJson = fc.json().map((text) => Buffer.from(text));
    const anyBytes = fc.uint8Array().map((garbage) => Buffer.from(garbage));
    fc.assert(
      fc.property(fc.oneof(anyJson, anyBytes), anyCuts, (body, cuts) => onlyCoded(cutAt(body, cuts))),
      { seed: 7 },
    );
  });

  it('written as JSON are read back', () => {
    const ids = fc.array(fc.record({ seconds: fc.nat(0xffff_ffff), crc: fc.nat(0xffff_ffff) }));
    fc.assert(
      fc.property(ids, anyCuts, (list, cuts) => {
        const sorted = list.toSorted((a, b) => a.seconds - b.seconds);
        const text = JSON.stringify(sorted.flatMap(({ seconds, crc }) => [crc, seconds]));
        const events = cutAt(Buffer.from(text), cuts).map(String);
        expect(parse(...events).slice(1)).toEqual(
          sorted.map(({ seconds, crc }) => ({ type: 'id', id: { seconds, name: crc } })),
        );
      }),
      { seed: 8 },
    );
  });
});

function parse(...chunks: string[]): IdListEvent[] {
  return parseBytes(chunks.map((chunk) => Buffer.from(chunk)));
}

function parseBytes(chunks: readonly Buffer[]): IdListEvent[] {
  const parser = new IdListParser();
  const events = chunks.flatMap((chunk) => [...parser.push(chunk)]);
  parser.end();
  return events;
}

function refused(text: string, code: string, offset: number): void {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code, offset }));
}

function onlyCoded(chunks: readonly Buffer[]): void {
  try {
    parseBytes(chunks);
  } catch (error) {
    expect(error).toMatchObject({ name: 'SyncError', offset: expect.any(Number) });
  }
}
