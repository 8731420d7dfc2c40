using System.Text;
using System.Text.RegularExpressions;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>Encoded words of RFC 2047: <c>=?utf-8?B?…?=</c> and <c>=?utf-8?Q?…?=</c>.</summary>
internal static partial class EncodedWords
{
    public static string Decode(string header)
    {
        var joined = BetweenWords().Replace(header, "$1");
        return Runs().Replace(joined, run => DecodeRun(run.Value));
    }

    // Neighbouring words are decoded together, because senders split in the middle of a character.
    private static string DecodeRun(string run)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        var charset = "";
        foreach (Match word in Word().Matches(run))
        {
            if (charset.Length > 0 && !charset.Equals(word.Groups[1].Value, StringComparison.OrdinalIgnoreCase))
            {
                text.Append(Charsets.Decode([.. bytes], charset));
                bytes.Clear();
            }

            charset = word.Groups[1].Value;
            bytes.AddRange(Bytes(word.Groups[2].Value, word.Groups[3].Value));
        }

        return text.Append(Charsets.Decode([.. bytes], charset)).ToString();
    }

    private static byte[] Bytes(string encoding, string payload)
    {
        if (encoding is "Q" or "q") return QuotedPrintable.Decode(payload, headerForm: true);
        var bytes = new byte[payload.Length];
        return Convert.TryFromBase64String(payload, bytes, out var written) ? bytes[..written] : Encoding.Latin1.GetBytes(payload);
    }

    [GeneratedRegex(@"(=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"(?:=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)+")]
    private static partial Regex Runs();

    [GeneratedRegex(@"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=")]
    private static partial Regex Word();
}
