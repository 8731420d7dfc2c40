namespace Subscriptions.Sandbox.Inbox;

/// <summary>One line from a caller, without its end.</summary>
/// <param name="Content">Empty when the line was too long.</param>
internal readonly record struct SmtpLine(byte[] Content, bool TooLong);

/// <summary>Reads lines with a bound on their length; what is over the bound is read and dropped.</summary>
/// <param name="beforeWaiting">Called before more is read from the caller, who may be waiting for an answer.</param>
internal sealed class SmtpLineReader(Stream stream, Func<CancellationToken, Task> beforeWaiting)
{
    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly List<byte> line = [];
    private int at;
    private int filled;

    /// <summary>The next line, or null when the caller has gone.</summary>
    /// <param name="longest">Bytes without the line's end.</param>
    /// <param name="needsCarriageReturn">In message text a bare line feed ends no line: otherwise one message could smuggle in another.</param>
    public async ValueTask<SmtpLine?> ReadAsync(int longest, bool needsCarriageReturn, CancellationToken stopping)
    {
        line.Clear();
        var tooLong = false;
        var previous = (byte)0;
        while (true)
        {
            if (at == filled)
            {
                await beforeWaiting(stopping);
                filled = await stream.ReadAsync(buffer, stopping);
                at = 0;
                if (filled == 0) return null;
            }

            var next = buffer[at++];
            if (next == '\n' && (previous == '\r' || !needsCarriageReturn)) return Finish(previous, tooLong);
            previous = next;
            if (line.Count > longest) tooLong = true;
            else line.Add(next);
        }
    }

    private SmtpLine Finish(byte previous, bool tooLong)
    {
        if (tooLong) return new SmtpLine([], true);
        if (previous == '\r') line.RemoveAt(line.Count - 1);
        return new SmtpLine([.. line], false);
    }
}
