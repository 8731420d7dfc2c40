using System.Net;
using System.Net.Sockets;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>The bounds of a conversation.</summary>
/// <param name="LongestCommand">Bytes; RFC 5321 asks for 512, AUTH for more.</param>
/// <param name="LongestTextLine">Bytes of a line of a message without its end.</param>
/// <param name="LargestMessage">Bytes.</param>
/// <param name="MostRecipients">Of one message.</param>
/// <param name="MostMistakes">Commands refused with 5xx before the caller is sent away.</param>
/// <param name="MostCallers">Connections at once.</param>
/// <param name="Patience">Wall time that a caller may be silent.</param>
public sealed record SmtpLimits(
    int LongestCommand, int LongestTextLine, int LargestMessage, int MostRecipients, int MostMistakes, int MostCallers, TimeSpan Patience)
{
    /// <summary>What the sandbox uses.</summary>
    public static SmtpLimits Default { get; } = new(2048, 998, 10 * 1024 * 1024, 100, 20, 100, TimeSpan.FromMinutes(5));
}

/// <summary>The inbox's door: SMTP on loopback.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly MailStore store;
    private readonly MailFaults faults;
    private readonly SmtpLimits limits;
    private readonly List<TcpListener> listeners = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> doors = [];
    private int callers;

    private SmtpServer(MailStore store, MailFaults faults, SmtpLimits limits)
    {
        this.store = store;
        this.faults = faults;
        this.limits = limits;
    }

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)listeners[0].LocalEndpoint).Port;

    /// <summary>Listens on loopback, IPv6 too where there is any.</summary>
    /// <param name="port">0 for any free one.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static SmtpServer Start(int port, MailStore store, MailFaults faults, SmtpLimits? limits = null)
    {
        var server = new SmtpServer(store, faults, limits ?? SmtpLimits.Default);
        server.Listen(IPAddress.Loopback, port);
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                server.Listen(IPAddress.IPv6Loopback, server.Port);
            }
            catch (SocketException absent) when (absent.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                // A machine may know IPv6 and yet have no ::1; 127.0.0.1 is enough.
            }
        }

        foreach (var listener in server.listeners) server.doors.Add(server.WelcomeAsync(listener));
        return server;
    }

    /// <summary>Closes the door and ends the conversations.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (var listener in listeners) listener.Stop();
        await Task.WhenAll(doors);
        foreach (var listener in listeners) listener.Dispose();
        stopping.Dispose();
    }

    private void Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        listeners.Add(listener);
    }

    private async Task WelcomeAsync(TcpListener listener)
    {
        var open = new HashSet<Task>();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var caller = await listener.AcceptTcpClientAsync(stopping.Token);
                open.RemoveWhere(conversation => conversation.IsCompleted);
                open.Add(TalkAsync(caller));
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Closing, or a caller that left before it was let in.
            }
        }

        await Task.WhenAll(open);
    }

    private async Task TalkAsync(TcpClient caller)
    {
        using (caller)
        {
            try
            {
                if (faults.MeetAtTheDoor())
                {
                    caller.LingerState = new LingerOption(true, 0);
                    return;
                }

                caller.NoDelay = true;
                await TalkAsync(caller.GetStream());
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
            {
                // The caller hung up in mid-sentence.
            }
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        try
        {
            if (Interlocked.Increment(ref callers) > limits.MostCallers)
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(SmtpReply.TooManyCallers + "\r\n"));
            else
                await new SmtpSession(stream, store, faults, limits).RunAsync(stopping.Token);
        }
        finally
        {
            Interlocked.Decrement(ref callers);
        }
    }
}
