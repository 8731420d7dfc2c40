using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The mail server beyond the border: takes messages, puts them off for days, or refuses an address for good.</summary>
internal sealed class SimulatedMail(Machine machine, Random chance) : IMailSender
{
    /// <summary>Message-IDs that were taken, and how often.</summary>
    public Dictionary<string, int> Taken { get; } = [];

    /// <summary>Messages that were taken a moment before the caller died: they may come once more.</summary>
    public HashSet<string> MayComeAgain { get; } = [];

    public HashSet<string> DeadAddresses { get; } = [];

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
}
