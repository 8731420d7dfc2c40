using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Subscriptions.Server.Tests.Adapters.Smtp;

/// <summary>A mail server on loopback that answers each command as a test says, and keeps what it was sent.</summary>
internal sealed class ScriptedSmtp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _answers;
    private readonly Task _serving;

    /// <param name="answers">
    /// By command (<c>GREETING</c>, <c>RCPT</c>, <c>MESSAGE</c> …); an empty one means silence. <c>CONTINUED</c> answers an empty line, with which a
    /// client goes on after a challenge.
    /// </param>
    public ScriptedSmtp(params (string Command, string Answer)[] answers)
    {
        _answers = answers.ToDictionary(a => a.Command, a => a.Answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Encrypts when STARTTLS asks for it; null for a server that cannot.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Encrypts from the first byte on.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>How many connections have been encrypted.</summary>
    public int Encrypted { get; private set; }

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
                try
                {
                    await ServeAsync(client.GetStream());
                }
                catch (Exception refused) when (refused is AuthenticationException or IOException)
                {
                    // The client does not trust the certificate, or hung up; the next may.
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        if (ImplicitTls)
        {
            await using var encrypted = await EncryptAsync(stream);
            await TalkAsync(encrypted, "GREETING");
        }
        else if (await TalkAsync(stream, "GREETING"))
        {
            await using var encrypted = await EncryptAsync(stream);
            await TalkAsync(encrypted, null);
        }
    }

    private async Task<SslStream> EncryptAsync(Stream stream)
    {
        var encrypted = new SslStream(stream);
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stop.Token);
        Encrypted++;
        return encrypted;
    }

    /// <summary>True when the rest is to be encrypted.</summary>
    private async Task<bool> TalkAsync(Stream stream, string? first)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, false, 1024, leaveOpen: true);
        if (first is not null)
        {
            await SayAsync(stream, first, "220 ready");
        }

        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            Commands.Add(line);
            var command = line.Length == 0 ? "CONTINUED" : line.Split(' ', ':')[0].ToUpperInvariant();
            await SayAsync(stream, command, command switch { "DATA" => "354 go on", "QUIT" => "221 bye", "AUTH" => "235 welcome", "STARTTLS" => Certificate is null ? "502 no" : "220 go on", _ => "250 ok" });
            if (command == "QUIT")
            {
                return false;
            }

            if (command == "STARTTLS" && Certificate is not null)
            {
                return true;
            }

            if (command == "DATA" && !_answers.ContainsKey("DATA"))
            {
                await ReadMessageAsync(reader);
                await SayAsync(stream, "MESSAGE", "250 taken");
            }
        }

        return false;
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

    private async Task SayAsync(Stream stream, string command, string usual)
    {
        var answer = _answers.GetValueOrDefault(command, usual);
        if (answer.Length > 0)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), _stop.Token);
        }
    }
}
