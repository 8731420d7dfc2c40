using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>One caller's conversation with the inbox, after RFC 5321.</summary>
internal sealed class SmtpSession
{
    private readonly Stream stream;
    private readonly MailStore store;
    private readonly MailFaults faults;
    private readonly SmtpLimits limits;
    private readonly SmtpLineReader lines;
    private readonly StringBuilder replies = new();
    private readonly List<string> recipients = [];
    private string? from;
    private bool greeted;
    private int mistakes;

    public SmtpSession(Stream stream, MailStore store, MailFaults faults, SmtpLimits limits)
    {
        this.stream = stream;
        this.store = store;
        this.faults = faults;
        this.limits = limits;
        lines = new SmtpLineReader(stream, FlushAsync);
    }

    private enum Next
    {
        GoOn,
        Close,
    }

    /// <summary>Talks until the caller leaves.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            Say(SmtpReply.Greeting);
            while (await HearAsync(limits.LongestCommand, inMessage: false, stopping) is { } line)
            {
                if (await AnswerAsync(line, stopping) == Next.Close) break;
            }

            await FlushAsync(stopping);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Say(SmtpReply.TooIdle);
            await FlushAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // The caller hung up, or the inbox is closing: what was not answered with 250 was not taken.
        }
    }

    private async Task<Next> AnswerAsync(SmtpLine line, CancellationToken stopping)
    {
        if (line.TooLong) return Mistake(SmtpReply.LineTooLong);
        var text = Encoding.UTF8.GetString(line.Content);
        var space = text.IndexOf(' ');
        var verb = (space < 0 ? text : text[..space]).ToUpperInvariant();
        var argument = space < 0 ? "" : text[(space + 1)..].Trim();
        if (text.Any(char.IsControl)) return Mistake(SmtpReply.Unknown);

        switch (verb)
        {
            case "QUIT":
                Say(SmtpReply.Bye);
                return Next.Close;
            case "DATA":
                return await TakeMessageAsync(argument, stopping);
            case "RCPT":
                return AddRecipient(argument);
            case "AUTH":
                return await SignInAsync(argument, stopping);
            default:
                var reply = Simple(verb, argument);
                if (reply[0] == '5') return Mistake(reply);
                Say(reply);
                return Next.GoOn;
        }
    }

    private string Simple(string verb, string argument) => verb switch
    {
        "EHLO" or "HELO" => Greet(verb, argument),
        "MAIL" => Begin(argument),
        "RSET" => argument.Length == 0 ? Reset() : SmtpReply.BadSyntax,
        "NOOP" => SmtpReply.Done,
        "HELP" => SmtpReply.Help,
        "VRFY" => argument.Length == 0 ? SmtpReply.BadSyntax : SmtpReply.CannotVerify,
        "STARTTLS" or "EXPN" or "TURN" or "ETRN" => SmtpReply.NotHere,
        _ => SmtpReply.Unknown,
    };

    private string Greet(string verb, string argument)
    {
        if (argument.Length == 0 || argument.Contains(' ', StringComparison.Ordinal)) return SmtpReply.BadSyntax;
        Reset();
        greeted = true;
        return verb == "HELO"
            ? "250 localhost"
            : $"250-localhost\r\n250-SIZE {limits.LargestMessage}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN";
    }

    private string Begin(string argument)
    {
        if (!greeted || from is not null) return SmtpReply.OutOfOrder;
        if (SmtpPath.Parse(argument, "FROM", mayBeEmpty: true) is not { } path) return SmtpReply.BadSyntax;
        if (path.Objection(limits.LargestMessage) is { } objection) return objection;
        from = path.Address;
        return SmtpReply.Done;
    }

    private string Reset()
    {
        from = null;
        recipients.Clear();
        return SmtpReply.Done;
    }

    private Next AddRecipient(string argument)
    {
        if (from is null) return Mistake(SmtpReply.OutOfOrder);
        if (SmtpPath.Parse(argument, "TO", mayBeEmpty: false) is not { } path) return Mistake(SmtpReply.BadSyntax);
        if (path.Parameters.Count > 0) return Mistake(SmtpReply.UnknownParameter);
        if (recipients.Count >= limits.MostRecipients)
        {
            Say(SmtpReply.TooManyRecipients);
            return Next.GoOn;
        }

        var fault = faults.Meet(path.Address);
        if (fault == MailFaultKind.Unreachable) return Next.Close;
        if (fault is null) recipients.Add(path.Address);
        Say(fault switch
        {
            MailFaultKind.RefusedTemporarily => SmtpReply.Later,
            MailFaultKind.RefusedPermanently => SmtpReply.Never,
            _ => SmtpReply.Done,
        });
        return Next.GoOn;
    }

    private async Task<Next> TakeMessageAsync(string argument, CancellationToken stopping)
    {
        if (argument.Length > 0) return Mistake(SmtpReply.BadSyntax);
        if (from is null || recipients.Count == 0) return Mistake(SmtpReply.OutOfOrder);
        Say(SmtpReply.GoAhead);
        using var message = new MemoryStream();
        string? objection = null;
        while (true)
        {
            if (await HearAsync(limits.LongestTextLine, inMessage: true, stopping) is not { } line) return Next.Close;
            if (!line.TooLong && line.Content is [(byte)'.']) break;
            if (line.TooLong) objection ??= SmtpReply.MessageLineTooLong;
            var content = line.Content is [(byte)'.', ..] ? line.Content.AsMemory(1) : line.Content;
            if (message.Length + content.Length + 2 > limits.LargestMessage) objection ??= SmtpReply.TooBig;
            if (objection is not null) continue;
            await message.WriteAsync(content, stopping);
            await message.WriteAsync("\r\n"u8.ToArray(), stopping);
        }

        Say(objection ?? Store(message));
        Reset();
        return Next.GoOn;
    }

    private string Store(MemoryStream message)
    {
        try
        {
            store.Add(from!, recipients, message.GetBuffer().AsSpan(0, (int)message.Length));
            return SmtpReply.Done;
        }
        catch (IOException)
        {
            return SmtpReply.NotStored;
        }
    }

    private async Task<Next> SignInAsync(string argument, CancellationToken stopping)
    {
        if (!greeted) return Mistake(SmtpReply.OutOfOrder);
        var words = argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[]? prompts = words switch
        {
            ["PLAIN" or "plain", _] => [],
            ["PLAIN" or "plain"] => [""],
            ["LOGIN" or "login", _] => ["UGFzc3dvcmQ6"],
            ["LOGIN" or "login"] => ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"],
            _ => null,
        };
        if (prompts is null) return Mistake("504 5.5.4 Only PLAIN and LOGIN");
        foreach (var prompt in prompts)
        {
            Say("334 " + prompt);
            if (await HearAsync(limits.LongestCommand, inMessage: false, stopping) is not { } line) return Next.Close;
            if (line is { TooLong: true } or { Content: [(byte)'*'] }) return Mistake(SmtpReply.BadSyntax);
        }

        Say(SmtpReply.SignedIn);
        return Next.GoOn;
    }

    private Next Mistake(string reply)
    {
        var tooMany = ++mistakes >= limits.MostMistakes;
        Say(tooMany ? SmtpReply.TooManyMistakes : reply);
        return tooMany ? Next.Close : Next.GoOn;
    }

    private async ValueTask<SmtpLine?> HearAsync(int longest, bool inMessage, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(limits.Patience);
        return await lines.ReadAsync(longest, inMessage, patience.Token);
    }

    // Answers to pipelined commands go out together, once the caller has no more to say.
    private void Say(string reply) => replies.Append(reply).Append("\r\n");

    private async Task FlushAsync(CancellationToken stopping)
    {
        if (replies.Length == 0) return;
        var bytes = Encoding.ASCII.GetBytes(replies.ToString());
        replies.Clear();
        await stream.WriteAsync(bytes, stopping);
    }
}
