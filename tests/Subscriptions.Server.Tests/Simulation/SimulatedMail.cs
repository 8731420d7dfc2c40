using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The mail server beyond the border: takes messages, puts them off for days, or refuses an address for good.</summary>
internal sealed class SimulatedMail(Machine machine, Random chance) : IMailSender
{
    private static readonly MailKind[] _problems = [.. Enum.GetValues<MailKind>().Where(k => k.WaitsForOpenDay())];

    /// <summary>Message-IDs that were taken, and how often.</summary>
    public Dictionary<string, int> Taken { get; } = [];

    /// <summary>Messages that were taken a moment before the caller died: they may come once more.</summary>
    public HashSet<string> MayComeAgain { get; } = [];

    public HashSet<string> DeadAddresses { get; } = [];

    /// <summary>Subscriptions of which nothing is said any more, because their payer has died.</summary>
    public HashSet<string> Silent { get; } = [];

    /// <summary>Why nothing may be said of payment problems at this moment; null when it may.</summary>
    public Func<MailKind, string?> Hush { get; set; } = _ => null;

    /// <summary>What no sender may ever do.</summary>
    public List<string> Breaches { get; } = [];

    public bool Down { get; set; }

    public int FaultPercent { get; set; }

    public Task<MailHandover> SendAsync(OutgoingMail mail, CancellationToken stopping)
    {
        machine.Pass(PowerPoint.BeforeMail);
        if (Down)
        {
            return Task.FromResult<MailHandover>(new MailHandover.TryLater("421 not now"));
        }

        if (DeadAddresses.Contains(mail.To))
        {
            return Task.FromResult<MailHandover>(new MailHandover.RefusedForGood("550 no such mailbox"));
        }

        var fault = chance.Next(100) < FaultPercent ? chance.Next(3) : -1;
        if (fault == 0)
        {
            return Task.FromResult<MailHandover>(new MailHandover.TryLater("451 try again"));
        }

        Judge(mail.MessageId);
        Taken[mail.MessageId] = Taken.GetValueOrDefault(mail.MessageId) + 1;
        if (fault == 1)
        {
            MayComeAgain.Add(mail.MessageId);
            throw machine.Kill(PowerPoint.AfterMail);
        }

        // Whatever kills the caller from here on, the message is out.
        if (machine.PlugIn is not null)
        {
            MayComeAgain.Add(mail.MessageId);
        }

        machine.Pass(PowerPoint.AfterMail);
        return Task.FromResult<MailHandover>(new MailHandover.Accepted());
    }

    private void Judge(string id)
    {
        foreach (var kind in _problems.Where(kind => id.StartsWith($"mail_{kind}_", StringComparison.OrdinalIgnoreCase)))
        {
            if (Hush(kind) is { } why)
            {
                Breaches.Add($"{id} goes out {why}");
            }
        }

        if (Silent.FirstOrDefault(s => id.Contains($"_{s}_", StringComparison.Ordinal)) is { } silent)
        {
            Breaches.Add($"{id} goes out although the payer of {silent} has died");
        }
    }
}
