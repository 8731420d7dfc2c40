using System.Text;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>What a person reads in a message.</summary>
public sealed record DecodedMessage(string Subject, string Text, string Html, string MessageId);

/// <summary>
/// Reads MIME as far as letters to readers need it: nested multiparts, quoted-printable and base64, encoded words in
/// headers. It never throws: whatever cannot be decoded is shown as it came.
/// </summary>
public static class MimeReader
{
    private const int DeepestNesting = 8;

    /// <summary>Decodes a whole message.</summary>
    public static DecodedMessage Read(ReadOnlySpan<byte> raw)
    {
        // Latin-1 keeps every byte as one character until the charset of its part is known.
        var part = MimePart.Parse(Encoding.Latin1.GetString(raw));
        var bodies = new Bodies();
        Collect(part, bodies, 0);
        return new DecodedMessage(
            EncodedWords.Decode(Utf8IfPossible(part.Header("subject"))),
            bodies.Text ?? "",
            bodies.Html ?? "",
            part.Header("message-id").Trim().TrimStart('<').TrimEnd('>'));
    }

    private static void Collect(MimePart part, Bodies bodies, int depth)
    {
        if (depth > DeepestNesting) return;
        if (part.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var inner in part.Parts()) Collect(inner, bodies, depth + 1);
            return;
        }

        if (part.IsAttachment) return;
        if (part.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase)) bodies.Html ??= part.DecodedText();
        else if (part.MediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)) bodies.Text ??= part.DecodedText();
    }

    private static string Utf8IfPossible(string latin1)
    {
        if (latin1.All(char.IsAscii)) return latin1;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Encoding.Latin1.GetBytes(latin1));
        }
        catch (DecoderFallbackException)
        {
            return latin1;
        }
    }

    private sealed class Bodies
    {
        public string? Text { get; set; }

        public string? Html { get; set; }
    }
}
