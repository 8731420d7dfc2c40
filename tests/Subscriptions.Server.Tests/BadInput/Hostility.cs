using System.Globalization;
using System.Text;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>What hostile hands write where a value belongs. All of it comes from the one source of chance.</summary>
internal sealed class Hostility(Random chance)
{
    private static readonly string[] _values =
    [
        "", " ", "null", "-1", "0", "NaN", "1e999", "99999999999999999999", "9223372036854775807", "true", "[]", "{}", "'; DROP TABLE Invoices;--", "\" OR 1=1 --",
        "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%s%s%n", "../../../../etc/passwd", "..\\..\\windows", "\0", "a\0b", "\r\nSet-Cookie: x=1", "\u202e", "\ud83d\udca3",
        "Å\u0301\u0327", "sub_", "rdr_", "inv_", "sub_1_1", "//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example", "data:text/html,x",
        "evt_\u0000", "pm&amount=1", "2026-13-45", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+", "*", "%", "~", "a@b", "a@b.example\r\nBcc: c@d.example", "\ufeff",
    ];

    private static readonly string[] _names =
    [
        "limit", "cursor", "query", "return", "to", "from", "session_id", "plan", "id", "code", "state", "handler", "token", "email", "password", "name", "reader", "site",
        "code_challenge", "challenge", "redirect_uri", "return_to", "page", "t", "q", "after", "until", "kind", "amount", "currency", "reason", "subscription", "invoice", "key",
    ];

    private static readonly string[] _bodies =
    [
        "", " ", "null", "[]", "42", "\"text\"", "{", "{\"", "{\"email\":", "<xml/>", "{\"email\":1,\"name\":{}}", "{\"readerId\":null,\"plan\":null}", "{\"a\":1e99999}", "{\"email\":-1,\"email\":\"x\"}",
        "{\"\\ud800\":1}", "{\"email\":\"\\u0000\"}", "--boundary\r\n", "a=b&c=d", "{\"id\":null,\"type\":[]}", "{\"id\":{},\"object\":\"event\"}", "{\"id\":\"evt_1\"}",
    ];

    public bool OneIn(int cases) => chance.Next(cases) == 0;

    public int Next(int below) => chance.Next(below);

    public T Of<T>(IReadOnlyList<T> items) => items[chance.Next(items.Count)];

    public string Name() => Of(_names);

    public string Value() => chance.Next(12) switch
    {
        0 => new string((char)chance.Next('a', 'z'), chance.Next(1, 3000)),
        1 => Encoding.Latin1.GetString(Bytes(chance.Next(1, 40))),
        2 => chance.Next().ToString(CultureInfo.InvariantCulture),
        3 => Of(_values) + Of(_values),
        _ => Of(_values),
    };

    /// <summary>A value for a place between slashes; never the id of anything.</summary>
    public string Segment() => chance.Next(5) switch
    {
        0 => "%" + chance.Next(256).ToString("x2", CultureInfo.InvariantCulture) + "%ff",
        1 => "..%2f..%2f" + Uri.EscapeDataString(Of(_values)),
        _ => Uri.EscapeDataString(WithoutLoneHalves(Value())) is { Length: > 0 } escaped ? escaped : "%20",
    };

    public string Query()
    {
        var parts = Enumerable.Range(0, chance.Next(1, 5)).Select(_ => $"{Name()}={(OneIn(6) ? "%zz%" : Uri.EscapeDataString(WithoutLoneHalves(Value())))}");
        return "?" + string.Join('&', parts);
    }

    public (string Name, string Value)[] Fields() => [.. Enumerable.Range(0, chance.Next(0, 6)).Select(_ => (Name(), WithoutLoneHalves(Value())))];

    /// <summary>JSON that cannot be meant: it names a member that no request has.</summary>
    public string StrangeJson()
    {
        var members = Enumerable.Range(0, chance.Next(1, 6)).Select(_ => $"\"{Name()}\":{JsonValue(0)}").Append($"\"zz{chance.Next(1000)}\":{JsonValue(0)}");
        return "{" + string.Join(',', members) + "}";
    }

    public byte[] Body() => chance.Next(8) switch
    {
        0 => Bytes(chance.Next(0, 2000)),
        1 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(OneIn(2) ? "[" : "{\"a\":", chance.Next(1, 3000)))),
        2 => new byte[chance.Next(1, 300_000)],
        3 or 4 => Encoding.UTF8.GetBytes(StrangeJson()),
        5 => Cut(Encoding.UTF8.GetBytes(StrangeJson())),
        _ => Encoding.UTF8.GetBytes(Of(_bodies)),
    };

    public string ContentType() => Of(["application/json", "application/json; charset=utf-16", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x", "application/json;;"]);

    /// <summary>A request as no client library would write it.</summary>
    public byte[] RawRequest(string host, string method, string path)
    {
        var line = chance.Next(7) switch
        {
            0 => $"{method} {path} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
            1 => $"{method} {path}\u0001 HTTP/1.1\r\nHost: {host}\r\n\r\n",
            2 => $"{method} http://evil.example{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
            3 => $"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
            4 => $"{method} {path} HTTP/9.9\r\n\r\n",
            5 => $"{new string('A', chance.Next(1, 9000))} / HTTP/1.1\r\n\r\n",
            _ => $"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX: {new string('x', 40_000)}\r\nConnection: close\r\n\r\n",
        };
        return Encoding.Latin1.GetBytes(line);
    }

    private string JsonValue(int depth) => chance.Next(depth > 3 ? 5 : 7) switch
    {
        0 => "null",
        1 => "-1",
        2 => "1e400",
        3 => "true",
        4 => System.Text.Json.JsonSerializer.Serialize(WithoutLoneHalves(Value())),
        5 => $"[{JsonValue(depth + 1)},{JsonValue(depth + 1)}]",
        _ => $"{{\"{Name()}\":{JsonValue(depth + 1)}}}",
    };

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        chance.NextBytes(bytes);
        return bytes;
    }

    private byte[] Cut(byte[] whole) => whole[..chance.Next(1, whole.Length)];

    // Half a character cannot be written in an address or a form; bodies get theirs as bytes.
    private static string WithoutLoneHalves(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
