using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>A service that hangs: it takes connections and never answers, but for the question whether, if it hangs only after that.</summary>
internal sealed class SilentService : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Task accepting;
    private int requests;

    public SilentService()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Authority => listener.LocalEndpoint.ToString()!;

    /// <summary>Whether readers are still told to sign in.</summary>
    public bool AnswersQuestions { get; set; }

    /// <summary>How many requests came.</summary>
    public int Requests => requests;

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await accepting;
        listener.Dispose();
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(HoldAsync(await listener.AcceptTcpClientAsync(end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task HoldAsync(TcpClient client)
    {
        using var held = client;
        var stream = client.GetStream();
        var buffer = new byte[16_384];
        try
        {
            while (await stream.ReadAsync(buffer, end.Token) is var read and > 0)
            {
                Interlocked.Increment(ref requests);
                if (AnswersQuestions && Encoding.ASCII.GetString(buffer, 0, read).StartsWith("GET /gate/check ", StringComparison.Ordinal))
                {
                    await stream.WriteAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), end.Token);
                }
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // nginx hung up, or the test is over.
        }
    }
}
