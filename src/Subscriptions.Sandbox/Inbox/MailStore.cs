using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>
/// The messages that the inbox took, one file each: an envelope, a blank line, and the message as it came. A message
/// is on the disk before the sender is told so. Nothing is deduplicated: a double that was sent is a double seen.
/// </summary>
public sealed class MailStore
{
    private readonly Lock gate = new();
    private readonly string folder;
    private readonly BillingClock clock;
    private ImmutableList<Envelope> envelopes;
    private long last;

    /// <summary>Opens the store of a sandbox's folder.</summary>
    public MailStore(string dataFolder, BillingClock clock)
    {
        this.clock = clock;
        folder = Path.Combine(dataFolder, "inbox");
        Directory.CreateDirectory(folder);
        envelopes = [.. Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal).Select(ReadEnvelope).OfType<Envelope>()];
        last = envelopes.Count == 0 ? 0 : envelopes[^1].Number;
    }

    /// <summary>Raised after a message was stored.</summary>
    public event EventHandler? Arrived;

    /// <summary>Stores one message for all its recipients.</summary>
    public void Add(string from, IReadOnlyList<string> recipients, ReadOnlySpan<byte> message)
    {
        lock (gate)
        {
            var number = last + 1;
            var envelope = new Envelope(number, FileOf(number), from, [.. recipients], clock.Now);
            DurableFile.Write(envelope.Path, [.. Encoding.UTF8.GetBytes(envelope.ToText()), .. message]);
            last = number;
            envelopes = envelopes.Add(envelope);
        }

        Arrived?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>How many copies there are, for one address or for all.</summary>
    public int Count(string? to) => Copies(to).Count();

    /// <summary>The messages, newest first.</summary>
    public IEnumerable<StoredMail> List(string? to) => Copies(to).Select(copy => Decode(copy.Envelope, copy.To, copy.Id));

    /// <summary>One message, or null.</summary>
    public StoredMail? Find(string id)
    {
        var copy = Copies(null).FirstOrDefault(copy => copy.Id == id);
        return copy == default ? null : Decode(copy.Envelope, copy.To, copy.Id);
    }

    /// <summary>Empties the inbox.</summary>
    public void Clear()
    {
        lock (gate)
        {
            foreach (var envelope in envelopes) File.Delete(envelope.Path);
            envelopes = [];
        }
    }

    private IEnumerable<(Envelope Envelope, string To, string Id)> Copies(string? to) =>
        from envelope in envelopes.Reverse()
        from copy in envelope.To.Select((address, index) => (address, index))
        where string.IsNullOrEmpty(to) || copy.address.Equals(to.Trim(), StringComparison.OrdinalIgnoreCase)
        select (envelope, copy.address, string.Create(CultureInfo.InvariantCulture, $"{envelope.Number}-{copy.index + 1}"));

    private static StoredMail Decode(Envelope envelope, string to, string id)
    {
        var raw = File.ReadAllBytes(envelope.Path);
        var start = raw.AsSpan().IndexOf("\n\n"u8) + 2;
        var message = MimeReader.Read(raw.AsSpan(start));
        return new StoredMail(id, to, envelope.From, message.Subject, message.Text, message.Html, envelope.ReceivedAt, message.MessageId);
    }

    private string FileOf(long number) => Path.Combine(folder, number.ToString("D8", CultureInfo.InvariantCulture) + ".eml");

    private static Envelope? ReadEnvelope(string path)
    {
        using var file = new StreamReader(path, Encoding.UTF8);
        return file.ReadLine() is { } received && file.ReadLine() is { } from && file.ReadLine() is { } to
            && long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && DateTimeOffset.TryParse(received, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? new Envelope(number, path, from, [.. to.Split(' ')], at)
                : null;
    }

    private sealed record Envelope(long Number, string Path, string From, ImmutableArray<string> To, DateTimeOffset ReceivedAt)
    {
        public string ToText() => string.Create(CultureInfo.InvariantCulture,
            $"{ReceivedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'}\n{From}\n{string.Join(' ', To)}\n\n");
    }
}
