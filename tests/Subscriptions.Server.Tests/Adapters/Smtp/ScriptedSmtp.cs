using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Server.Tests.Adapters.Smtp;

/// <summary>A mail server on loopback that answers each command as a test says, and keeps what it was sent.</summary>
internal sealed class ScriptedSmtp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _answers;
    private readonly Task _serving;

    /// <param name="answers">By command (<c>GREETING</c>, <c>RCPT</c>, <c>MESSAGE</c> …); an empty one means silence.</param>
    public ScriptedSmtp(params (string Command, string Answer)[] answers)
    {
        _answers = answers.ToDictionary(a => a.Command, a => a.Answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<string> Commands { get; } = [];

    public string Message { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            // The client hung up, or the test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, false, 1024, leaveOpen: true);
        await SayAsync(stream, "GREETING", "220 ready");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            Commands.Add(line);
            var command = line.Split(' ', ':')[0].ToUpperInvariant();
            await SayAsync(stream, command, command switch { "DATA" => "354 go on", "QUIT" => "221 bye", _ => "250 ok" });
            if (command == "QUIT")
            {
                return;
            }

            if (command == "DATA" && !_answers.ContainsKey("DATA"))
            {
                await ReadMessageAsync(reader);
                await SayAsync(stream, "MESSAGE", "250 taken");
            }
        }
    }

    private async Task ReadMessageAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
        {
            text.Append(line).Append('\n');
        }

        Message = text.ToString();
    }

    private async Task SayAsync(NetworkStream stream, string command, string usual)
    {
        var answer = _answers.GetValueOrDefault(command, usual);
        if (answer.Length > 0)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), _stop.Token);
        }
    }
}
