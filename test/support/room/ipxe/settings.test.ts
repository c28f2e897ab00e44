import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Settings } from './settings.ts'

const firmware = {
  'mac:hex': '52:54:00:12:34:56',
  serial: 'SN 1&2',
  'ip:ipv4': '127.78.0.1',
  'uuid:uuid': '4c4c4544-0042-3510-8056-b4c04f4d3132',
}

describe('expansion', () => {
  test.each([
    ['${mac}', '52:54:00:12:34:56'],
    ['${mac:hexhyp}', '52-54-00-12-34-56'],
    ['${mac:hexraw}', '525400123456'],
    ['${serial:uristring}', 'SN%201%262'],
    ['${ip}', '127.78.0.1'],
    ['${ip:hexraw}', '7f4e0001'],
    ['${uuid}', '4c4c4544-0042-3510-8056-b4c04f4d3132'],
    ['[${asset}]', '[]'],
    ['a${mac}b${serial}', 'a52:54:00:12:34:56bSN 1&2'],
    ['$mac {mac} $', '$mac {mac} $'],
  ])('%s is %s', (word, expanded) => {
    expect(new Settings(firmware).expand(word)).toBe(expanded)
  })

  test('inner names come first, so a list can be indexed', () => {
    const settings = new Settings({ peer0: 'a', peer1: 'b', 'i:int32': '1' })
    expect(settings.expand('http://${peer${i}}/')).toBe('http://b/')
  })

  test('what would hide a mistake is refused', () => {
    const settings = new Settings()
    expect(() => settings.expand('${mac')).toThrow(/no closing brace/)
    expect(() => settings.expand('${mac:hexdash}')).toThrow(/no type/)
    expect(() => settings.expand('${a b}')).toThrow(/no name/)
  })

  test('a value that contains itself does not hang', () => {
    const settings = new Settings()
    settings.set('a', '${a}x')
    expect(() => settings.expand('${a}')).toThrow(/without end/)
  })
})

describe('numbers', () => {
  test('inc counts from nothing, keeps the type, and takes negative steps', () => {
    const settings = new Settings()
    settings.increment('i', 1)
    settings.increment('i', 2)
    expect(settings.get('i')).toBe('3')
    settings.set('u:uint8', '0x0f')
    settings.increment('u', 1)
    expect([settings.get('u'), settings.get('u:int32')]).toEqual(['0x10', '16'])
    settings.increment('i', -4)
    expect(settings.get('i')).toBe('-1')
  })

  test('a text that is no number is refused for a number', () => {
    expect(() => new Settings().set('i:int32', 'three')).toThrow(/no int32/)
  })

  test('an int32 keeps every value that fits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        return new Settings({ 'i:int32': String(value) }).get('i') === String(value)
      }),
    )
  })
})

test('an empty value removes a setting, and names differ by case', () => {
  const settings = new Settings({ a: '1' })
  settings.set('a', '')
  expect([settings.get('a'), settings.get('A')]).toEqual(['', ''])
})
