namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>
/// A part's bytes that remember having been read. The client reads them only after the server has taken sender and
/// recipient and asked for the message, so a refusal after that is about this message, and one before it is not.
/// </summary>
internal sealed class HandoverStream(byte[] bytes) : MemoryStream(bytes, writable: false)
{
    /// <summary>True once the message itself was on its way.</summary>
    public bool WasRead { get; private set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        WasRead = true;
        return base.Read(buffer, offset, count);
    }

    public override int Read(Span<byte> buffer)
    {
        WasRead = true;
        return base.Read(buffer);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        WasRead = true;
        return base.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        WasRead = true;
        return base.ReadAsync(buffer, offset, count, cancellationToken);
    }
}
