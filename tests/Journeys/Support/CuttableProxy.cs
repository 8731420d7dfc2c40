using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Subscriptions.Tests;

namespace Subscriptions.Journeys.Support;

/// <summary>Stands between a website and the service: the wire that can be cut, and the place where what the website asks can be counted.</summary>
public sealed partial class CuttableProxy : IAsyncDisposable
{
    private readonly Uri service;
    private readonly ConcurrentDictionary<TcpClient, byte> open = [];
    private readonly ConcurrentQueue<(DateTimeOffset At, string Path)> asked = [];
    private TcpListener listener = null!;
    private volatile TaskCompletionSource flows = Flowing();

    public CuttableProxy(Uri service)
    {
        this.service = service;
        Address = new Uri($"http://127.0.0.1:{FreePorts.Take()}");
        Mend();
    }

    public Uri Address { get; }

    /// <summary>What was asked since a moment.</summary>
    public IReadOnlyList<(DateTimeOffset At, string Path)> Since(DateTimeOffset moment) => [.. asked.Where(one => one.At >= moment)];

    /// <summary>Ends every connection and takes no new one.</summary>
    public void Cut()
    {
        listener.Stop();
        foreach (var one in open.Keys) one.Close();
    }

    /// <summary>Takes connections again.</summary>
    public void Mend()
    {
        listener = new TcpListener(IPAddress.Loopback, Address.Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    /// <summary>Every connection stays, new ones are taken, and nothing comes through: the silence in which only a time-out helps.</summary>
    public void Freeze() => flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything through, late as it is.</summary>
    public void Thaw() => flows.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Thaw();
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener from)
    {
        try
        {
            while (true) _ = RelayAsync(await from.AcceptTcpClientAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }

    private async Task RelayAsync(TcpClient website)
    {
        using var near = website;
        using var far = new TcpClient();
        open[near] = open[far] = 1;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, service.Port);
            await Task.WhenAny(CopyAsync(near.GetStream(), far.GetStream(), Count), CopyAsync(far.GetStream(), near.GetStream(), null));
        }
        catch (Exception ended) when (ended is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The service is dead, or the wire was cut; the other end is told by the end of its connection.
        }
        finally
        {
            open.TryRemove(near, out _);
            open.TryRemove(far, out _);
        }
    }

    private static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Action<ReadOnlySpan<byte>>? count)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            for (var read = await from.ReadAsync(buffer); read > 0; read = await from.ReadAsync(buffer))
            {
                count?.Invoke(buffer.AsSpan(0, read));
                await flows.Task;
                await to.WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // One end has gone.
        }
    }

    // The website's client sends a request's head in one piece.
    private void Count(ReadOnlySpan<byte> sent)
    {
        foreach (Match line in RequestLine().Matches(Encoding.Latin1.GetString(sent))) asked.Enqueue((DateTimeOffset.UtcNow, line.Groups[1].Value));
    }

    [GeneratedRegex(@"^(?:GET|POST) (\S+) HTTP/1\.1\r$", RegexOptions.Multiline)]
    private static partial Regex RequestLine();
}
