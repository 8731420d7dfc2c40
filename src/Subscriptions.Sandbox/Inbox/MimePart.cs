using System.Globalization;
using System.Text;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>One part of a message: its headers, unfolded, and its body as it came (one character per byte).</summary>
internal sealed class MimePart
{
    private readonly Dictionary<string, string> headers;
    private readonly string body;

    private MimePart(Dictionary<string, string> headers, string body)
    {
        this.headers = headers;
        this.body = body;
    }

    public string MediaType
    {
        get
        {
            var type = Header("content-type").Split(';')[0].Trim();
            return type.Length == 0 ? "text/plain" : type;
        }
    }

    public bool IsAttachment => Header("content-disposition").TrimStart().StartsWith("attachment", StringComparison.OrdinalIgnoreCase);

    public static MimePart Parse(string raw)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var at = 0;
        string? name = null;
        while (at < raw.Length)
        {
            var end = raw.IndexOf('\n', at);
            var line = (end < 0 ? raw[at..] : raw[at..end]).TrimEnd('\r');
            at = end < 0 ? raw.Length : end + 1;
            if (line.Length == 0) break;
            if (line[0] is ' ' or '\t')
            {
                if (name is not null) headers[name] += " " + line.Trim();
                continue;
            }

            var colon = line.IndexOf(':');
            if (colon <= 0) continue;
            name = line[..colon].Trim();
            headers[name] = line[(colon + 1)..].Trim();
        }

        return new MimePart(headers, raw[at..]);
    }

    public string Header(string name) => headers.GetValueOrDefault(name, "");

    public IEnumerable<MimePart> Parts()
    {
        var boundary = Parameter("boundary");
        if (boundary.Length == 0) yield break;
        var delimiter = "--" + boundary;
        StringBuilder? current = null;
        foreach (var line in body.Split('\n'))
        {
            var bare = line.TrimEnd('\r', ' ', '\t');
            if (bare == delimiter || bare == delimiter + "--")
            {
                if (current is not null) yield return Parse(WithoutLastBreak(current));
                if (bare != delimiter) yield break;
                current = new StringBuilder();
            }
            else
            {
                current?.Append(line).Append('\n');
            }
        }

        if (current is not null) yield return Parse(WithoutLastBreak(current));
    }

    public string DecodedText()
    {
        var bytes = Header("content-transfer-encoding").Trim().ToUpperInvariant() switch
        {
            "BASE64" => Base64(body),
            "QUOTED-PRINTABLE" => QuotedPrintable.Decode(body, headerForm: false),
            _ => Encoding.Latin1.GetBytes(body),
        };
        return Charsets.Decode(bytes, Parameter("charset")).ReplaceLineEndings("\n").TrimEnd('\n');
    }

    private static byte[] Base64(string text)
    {
        var compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        var bytes = new byte[compact.Length];
        return Convert.TryFromBase64String(compact, bytes, out var written) ? bytes[..written] : Encoding.Latin1.GetBytes(text);
    }

    private static string WithoutLastBreak(StringBuilder part)
    {
        var text = part.ToString();
        if (text.EndsWith("\r\n", StringComparison.Ordinal)) return text[..^2];
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private string Parameter(string name)
    {
        foreach (var piece in Header("content-type").Split(';').Skip(1))
        {
            var equals = piece.IndexOf('=');
            if (equals > 0 && piece[..equals].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return piece[(equals + 1)..].Trim().Trim('"');
        }

        return "";
    }
}

/// <summary>Character sets by the names that mail gives them.</summary>
internal static class Charsets
{
    public static string Decode(byte[] bytes, string name)
    {
        try
        {
            return (name.Length == 0 ? Encoding.UTF8 : Encoding.GetEncoding(name)).GetString(bytes);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(bytes);
        }
    }
}

/// <summary>Quoted-printable, in bodies and (with underscores for spaces) in headers.</summary>
internal static class QuotedPrintable
{
    public static byte[] Decode(string text, bool headerForm)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '=' && SoftBreak(text, i) is > 0 and var length) i += length - 1;
            else if (c == '=' && Hex(text, i + 1) is { } value)
            {
                bytes.Add(value);
                i += 2;
            }
            else bytes.Add(headerForm && c == '_' ? (byte)' ' : (byte)c);
        }

        return [.. bytes];
    }

    private static int SoftBreak(string text, int at)
    {
        var end = at + 1;
        while (end < text.Length && text[end] is ' ' or '\t' or '\r')
        {
            if (++end >= text.Length) break;
        }

        if (end >= text.Length) return end - at;
        return text[end] == '\n' ? end - at + 1 : 0;
    }

    private static byte? Hex(string text, int at) =>
        at + 2 <= text.Length && byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
