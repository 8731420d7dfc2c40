using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Sandbox.Tests.Inbox;

/// <summary>Talks SMTP by hand, byte for byte.</summary>
public sealed class SmtpCaller : IAsyncDisposable
{
    private readonly TcpClient client = new();
    private StreamReader answers = null!;

    public static async Task<SmtpCaller> ConnectAsync(int port)
    {
        var caller = new SmtpCaller();
        await caller.client.ConnectAsync(IPAddress.Loopback, port);
        caller.answers = new StreamReader(caller.client.GetStream(), Encoding.ASCII);
        return caller;
    }

    public async Task SayAsync(string text) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The code of the next answer; empty when the connection was closed.</summary>
    public async Task<string> HearAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await answers.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length < 4 || line[3] == ' ') return line[..3];
        }

        return "";
    }

    public ValueTask DisposeAsync()
    {
        answers.Dispose();
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
