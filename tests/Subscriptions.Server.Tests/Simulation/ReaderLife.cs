using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>One reader: her cards, her moods, and what she does at the service when she comes.</summary>
internal sealed class ReaderLife(int number, GatewayLedger ledger, SimulatedGateway gateway, SimulatedBank bank, SimulatedClock clock, Random chance)
{
    private static readonly Uri _back = new("http://localhost:5081/my-account/payment/return?session_id={CHECKOUT_SESSION_ID}");
    private static readonly Uri _cancel = new("http://localhost:5081/my-account");
    private static readonly Uri _bank = new("http://localhost:5081/my-account/payment/return?from=bank");

    private readonly List<string> sessions = [];
    private readonly int preference = chance.Next(3);
    private int cards;

    public ReaderId Id { get; } = new($"rdr_{number}");

    public string Email => $"reader{number}@example.com";

    /// <summary>How promptly she minds her affairs: days between two visits while a payment is owed.</summary>
    public int Carelessness { get; } = chance.Next(1, 25);

    public DateTimeOffset NextVisitAt { get; set; }

    /// <summary>What she does at a visit, by where she stands.</summary>
    public async Task VisitAsync(ServiceProcess service)
    {
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var rows = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == Id).OrderByDescending(s => s.StartedAt).ToListAsync();
        var state = rows.Select(r => r.ToState()).FirstOrDefault(s => s is not Subscription.Ended);
        var owes = state is Subscription.PastDue or Subscription.Incomplete;
        NextVisitAt = clock.At.AddMinutes(chance.Next(60, 24 * 60 * (owes ? Carelessness : 40)));
        Turn();
        await (state switch
        {
            null => StartAsync(service),
            Subscription.Incomplete or Subscription.PastDue => OweAsync(service, state.Contract),
            Subscription.Paused => AskAsync(service, state.Contract.Id, chance.Next(2) == 0 ? new SubscriptionCommand.ResumeSubscription() : new SubscriptionCommand.CancelSubscription()),
            _ => LiveAsync(service, state),
        });
    }

    // The bank has its own mind about her cards.
    private void Turn()
    {
        foreach (var card in ledger.Cards.Values.Where(c => c.Token.StartsWith($"pm_{number}_", StringComparison.Ordinal)))
        {
            if (chance.Next(4) == 0 && card.Mood is not (CardMood.Lost or CardMood.Deceased))
            {
                card.Mood = Mood(card.Kind);
                if (card is { Kind: MethodKind.BacsMandate, Mood: CardMood.Lost } && chance.Next(2) == 0)
                {
                    bank.Tell("mandate.updated", $"mandate_{card.Token}", null, null);
                }
            }
        }
    }

    private MethodKind Kind() => (chance.Next(4) == 0 ? chance.Next(3) : preference) switch
    {
        0 => MethodKind.Card,
        1 => MethodKind.BacsMandate,
        _ => MethodKind.PayPal,
    };

    private CardMood Mood(MethodKind kind) => chance.Next(12) switch
    {
        0 when kind == MethodKind.BacsMandate && chance.Next(4) == 0 => CardMood.Deceased,
        < 5 => CardMood.Good,
        < 8 => CardMood.Poor,
        8 => CardMood.Lost,
        9 => CardMood.Expired,
        10 => CardMood.AsksReader,
        _ => CardMood.Slow,
    };

    private Card NewCard()
    {
        var kind = Kind();
        var card = new Card($"pm_{number}_{++cards:D4}", kind, Mood(kind));
        ledger.Cards[card.Token] = card;
        return card;
    }

    private async Task StartAsync(ServiceProcess service)
    {
        var plan = chance.Next(4) switch { 0 => "digital-trial", 1 => "digital-yearly", _ => "digital-monthly" };
        var known = ledger.Cards.Values.Where(c => c.Token.StartsWith($"pm_{number}_", StringComparison.Ordinal)).ToArray();
        var token = chance.Next(3) switch
        {
            0 => null,
            1 when known.Length > 0 => known[chance.Next(known.Length)].Token,
            _ => NewCard().Token,
        };
        if (await service.Get<StartSubscription>().RunAsync(Id, plan, token, Actors.Reader(Id)) is StartResult.Started started && token is null)
        {
            await ChangeCardAsync(service, started.Id);
        }
    }

    private Task OweAsync(ServiceProcess service, Contract contract) => chance.Next(10) switch
    {
        < 5 => ChangeCardAsync(service, contract.Id),
        5 => ReloadAsync(service),
        6 => service.Get<RetryNow>().RunAsync(contract.Id, new CollectOrder(AttemptTrigger.Staff, Actors.Staff("staff_1"), null, Now: true)),
        7 => ConfirmAsync(service, contract.Id),
        8 => AskAsync(service, contract.Id, chance.Next(3) == 0 ? new SubscriptionCommand.CancelSubscription() : new SubscriptionCommand.KeepSubscription()),
        _ => Task.CompletedTask,
    };

    private Task LiveAsync(ServiceProcess service, Subscription.Started state) => chance.Next(12) switch
    {
        0 => AskAsync(service, state.Contract.Id, new SubscriptionCommand.CancelSubscription()),
        1 or 2 => AskAsync(service, state.Contract.Id, new SubscriptionCommand.KeepSubscription()),
        3 => AskAsync(service, state.Contract.Id, new SubscriptionCommand.PauseSubscription()),
        4 or 5 => ChangeCardAsync(service, state.Contract.Id),
        6 => ReloadAsync(service),
        7 => service.Get<RetryNow>().RunAsync(state.Contract.Id, new CollectOrder(AttemptTrigger.Staff, Actors.Staff("staff_1"), null, Now: true)),
        _ => Task.CompletedTask,
    };

    private static async Task AskAsync(ServiceProcess service, SubscriptionId id, SubscriptionCommand command) =>
        await service.Get<SubscriptionCommands>().RunAsync(id, command, Actors.System);

    private async Task ChangeCardAsync(ServiceProcess service, SubscriptionId id)
    {
        if (await service.Get<OpenHostedSetup>().RunAsync(id, _back, _cancel, null) is not OpenedSetup.Opened { Page: var page })
        {
            return;
        }

        var session = ledger.Sessions[page.Segments[^1]];
        if (chance.Next(6) == 0)
        {
            return;
        }

        gateway.Complete(session, NewCard());
        sessions.Add(session.Id);
        if (chance.Next(5) > 0)
        {
            await ReturnAsync(service, session.Id);
        }
    }

    // Pages are loaded again, sometimes one of weeks ago.
    private Task ReloadAsync(ServiceProcess service) => sessions.Count == 0 ? Task.CompletedTask : ReturnAsync(service, sessions[chance.Next(sessions.Count)]);

    private async Task ConfirmAsync(ServiceProcess service, SubscriptionId id)
    {
        var result = await service.Get<RetryNow>().RunAsync(id, new CollectOrder(AttemptTrigger.Reader, Actors.Reader(Id), _bank, Now: true));
        if (result is RetryResult.Tried { Attempt: { State: AttemptState.AwaitingReader } attempt })
        {
            AnswerBank(attempt.PaymentIntentId);
        }
    }

    private async Task ReturnAsync(ServiceProcess service, string session)
    {
        var finish = service.Get<FinishHostedSetup>();
        var result = await finish.RunAsync(session, _bank, Id);
        if (result is FinishedSetup.Challenge { Page: var page })
        {
            AnswerBank(page.Segments[^1]);
            if (chance.Next(3) > 0)
            {
                await finish.RunAsync(session, _bank, Id);
            }
        }
        else if (chance.Next(3) == 0)
        {
            await finish.RunAsync(session, _bank, Id);
        }
    }

    private void AnswerBank(string intent)
    {
        if (chance.Next(4) is var answer and > 0)
        {
            bank.AnswerChallenge(ledger.Intents[intent], yes: answer > 1);
        }
    }
}
