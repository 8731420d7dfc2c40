using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Subscriptions.Paywall;

/// <summary>
/// A response that holds its first byte until something is settled by the headers that it then has, and throws everything away where that says so:
/// not a letter is sent to whoever is refused.
/// </summary>
internal sealed class HeldResponse : Stream, IHttpResponseBodyFeature
{
    private readonly IHttpResponseBodyFeature _inner;
    // Asked once, and everything that is written meanwhile waits for the answer: a page may begin its response and write on without awaiting that.
    private readonly Lazy<Task<bool>> _passes;
    private readonly bool _mayWait;
    private PipeWriter? _writer;

    /// <param name="inner">Where it goes.</param>
    /// <param name="settle">Run once, before the first byte; false to throw everything away.</param>
    /// <param name="mayWait">Whether that may have to wait for the service: then nothing can be written synchronously.</param>
    public HeldResponse(IHttpResponseBodyFeature inner, Func<ValueTask<bool>> settle, bool mayWait) =>
        (_inner, _passes, _mayWait) = (inner, new(() => settle().AsTask()), mayWait);

    public Stream Stream => this;

    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes what a pipe still holds, and settles a response without a body.</summary>
    public async ValueTask FinishAsync()
    {
        if (_writer is not null)
            await _writer.FlushAsync();
        await PassesAsync();
    }

    public void DisableBuffering() => _inner.DisableBuffering();

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (await PassesAsync())
            await _inner.StartAsync(cancellationToken);
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        if (await PassesAsync())
            await _inner.SendFileAsync(path, offset, count, cancellationToken);
    }

    public async Task CompleteAsync()
    {
        await FinishAsync();
        if (await PassesAsync())
            await _inner.CompleteAsync();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (await PassesAsync())
            await _inner.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (await PassesAsync())
            await _inner.Stream.FlushAsync(cancellationToken);
    }

    // No thread is to be held while the service is asked.
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (!_mayWait)
            _ = PassesAsync();
        if (Passes is not { } passes)
            throw new InvalidOperationException("A response that states its requirement in a header is written asynchronously: call WriteAsync or StartAsync instead.");
        if (passes)
            _inner.Stream.Write(buffer, offset, count);
    }

    public override void Flush()
    {
        if (Passes is true)
            _inner.Stream.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Null until it is decided, and for ever where deciding failed.
    private bool? Passes => _passes is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } decided } ? decided.Result : null;

    private Task<bool> PassesAsync() => _passes.Value;
}
