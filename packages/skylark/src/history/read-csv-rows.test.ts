import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readCsvRows } from './read-csv-rows.js';

const read = (text: string) => readCsvRows('a.csv', Readable.from([Buffer.from(text)]));

describe('readCsvRows', () => {
  it('finds its columns in any case and order, among others', async () => {
    const rows = await read('Label,VALUE, TimeStamp\nx,1.5,2014-04-01 00:10:00\ny,2,1396311300\n');
    expect(rows).toEqual({ timestamps: [1_396_311_000, 1_396_311_300], values: [1.5, 2], valueCells: ['1.5', '2'], metricCells: null });
  });

  it('reads what spreadsheets write: a byte order mark, quotes, CRLF, empty lines', async () => {
    const rows = await read('\uFEFF"timestamp","value"\r\n"1","1e3"\r\n\r\n"2"," -4 "\r\n');
    expect(rows.timestamps).toEqual([1, 2]);
    expect(rows.values).toEqual([1000, -4]);
    expect(rows.valueCells).toEqual(['1e3', '-4']);
  });

  it('keeps a row with a blank value, or with none, as NaN', async () => {
    expect((await read('timestamp,value\n1,\n2, \n3\n4,0\n')).values).toEqual([NaN, NaN, NaN, 0]);
  });

  it('keeps rows in file order, repeated times too', async () => {
    expect((await read('timestamp,value\n3,1\n1,2\n3,3\n')).timestamps).toEqual([3, 1, 3]);
  });

  it('reads the column metric as export writes it', async () => {
    expect((await read('metric,timestamp,value\n"a,""b""",1,2\n')).metricCells).toEqual(['a,"b"']);
  });

  it('takes a header without rows', async () => expect((await read('timestamp,value\n')).timestamps).toEqual([]));

  it.each([
    ['', /a\.csv is empty/],
    ['time,value\n1,2\n', /a\.csv:1 .*timestamp and value.*found time, value/],
    ['timestamp,value\n1,2\nsoon,3\n', /a\.csv:3 timestamp "soon"/],
    ['timestamp,value\n1,2\n\n3,much\n', /a\.csv:4 value "much" is not a finite number/],
    ['timestamp,value\n1,NaN\n', /a\.csv:2 value "NaN"/],
    ['timestamp,value\n1,Infinity\n', /a\.csv:2 value "Infinity"/],
    ['timestamp,value\n1,"2\n3,4\n', /a\.csv: .*[Qq]uote/],
  ])('says where %j is wrong', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('says which file is not there', async () => {
    await expect(readCsvRows('/nowhere/a.csv')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
