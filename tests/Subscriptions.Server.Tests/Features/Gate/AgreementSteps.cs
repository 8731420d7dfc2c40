using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>What may happen to a reader or to everybody's time, drawn by lot. A step that the product refuses is one as well.</summary>
internal sealed class AgreementSteps(AgreementStage stage, Random chance)
{
    private static readonly string[] _given = ["Complimentary", "DayPass", "GrantedElsewhere"];
    private static readonly string?[] _opens = [null, "archive", "puzzles"];

    /// <summary>Takes one; what it was.</summary>
    public async Task<string> TakeAsync(StageReader reader) => chance.Next(16) switch
    {
        0 or 1 => Move(TimeSpan.FromMinutes(chance.Next(1, 600))),
        2 => Move(TimeSpan.FromHours(chance.Next(10, 140))),
        3 => await WeeksAsync(chance.Next(1, 4)),
        4 or 5 => await GiveAsync(reader),
        6 or 7 => await WithdrawAsync(reader),
        8 => await SubscriptionAsync(reader, "cancel"),
        9 => await SubscriptionAsync(reader, "keep"),
        10 => await SubscriptionAsync(reader, "pause"),
        11 => await SubscriptionAsync(reader, "resume"),
        12 => await SubscriptionAsync(reader, "retry"),
        13 => await StartAsync(reader),
        14 => await BankAsync(reader),
        _ => await AddressOrSeatAsync(reader),
    };

    // What is due runs by itself meanwhile, and those who are asked have to agree at every moment of it.
    private string Move(TimeSpan by)
    {
        stage.Server.Service.Clock.Advance(by);
        return $"{by} pass";
    }

    private async Task<string> WeeksAsync(int weeks)
    {
        stage.Server.Service.Clock.Advance(TimeSpan.FromDays(7 * weeks));
        await stage.Server.Service.SettledAsync();
        return $"{weeks} weeks pass";
    }

    private async Task<string> GiveAsync(StageReader reader)
    {
        var (kind, opens) = (_given[chance.Next(_given.Length)], _opens[chance.Next(_opens.Length)]);
        DateTimeOffset? from = chance.Next(3) == 0 ? stage.Now.AddMinutes(chance.Next(1, 5000)) : null;
        DateTimeOffset? until = kind == "DayPass" || chance.Next(2) == 0 ? (from ?? stage.Now).AddMinutes(chance.Next(1, 9000)) : null;
        using var given = await AgreementCast.GiveAsync(stage, reader, kind, opens, from, until);
        return $"{reader.Name} is given {kind} with {opens ?? "no more"} from {from:O} until {until:O}";
    }

    private async Task<string> WithdrawAsync(StageReader reader)
    {
        var grants = (await stage.Server.GetAsync($"/api/readers/{reader.Id!.Value.Value}/grants")).GetProperty("items").EnumerateArray()
            .Where(grant => !grant.TryGetProperty("withdrawnAt", out var at) || at.ValueKind == JsonValueKind.Null).Select(grant => grant.GetProperty("id").GetString()!).ToList();
        return grants.Count == 0 ? $"{reader.Name} has nothing that could be withdrawn" : await PostAsync($"/api/grants/{grants[chance.Next(grants.Count)]}/withdraw", reader);
    }

    private async Task<string> SubscriptionAsync(StageReader reader, string command)
    {
        await using var db = stage.Server.OpenDatabase();
        var id = reader.Id!.Value;
        var newest = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == id).OrderByDescending(s => s.StartedAt).Select(s => s.Id).ToListAsync();
        return newest.Count == 0 ? $"{reader.Name} has no subscription to {command}" : await PostAsync($"/api/subscriptions/{newest[0].Value}/{command}", reader);
    }

    private Task<string> StartAsync(StageReader reader) => PostAsync("/api/subscriptions", reader,
        $$"""{"readerId":"{{reader.Id!.Value.Value}}","plan":"{{(chance.Next(2) == 0 ? "digital-monthly" : "digital-yearly")}}","paymentMethod":"{{(chance.Next(3) == 0 ? "pm_card_chargeCustomerFail" : "pm_card_visa")}}"}""");

    private async Task<string> BankAsync(StageReader reader)
    {
        switch (chance.Next(4))
        {
            case 0:
                await stage.Server.Service.Faults.AddAsync(new FaultOrder("bank", nameof(FaultKind.Declined), SharePercent: 50, ForHours: 24 * 10));
                return "half of all payments are lost for ten days";
            case 1:
                await stage.Server.Service.Faults.ClearAllAsync();
                return "payments succeed again";
            default:
                var move = chance.Next(3) switch { 0 => BankMove.Dispute, 1 => BankMove.Win, _ => BankMove.Lose };
                return $"{reader.Name}: the bank's {move}, {(await stage.Server.Service.Banks.MoveAsync(reader.Email!, move)).Status ?? "which it cannot"}";
        }
    }

    private async Task<string> AddressOrSeatAsync(StageReader reader)
    {
        if (reader.Email!.EndsWith("uni.example", StringComparison.Ordinal))
        {
            await stage.Server.Service.Services.GetRequiredService<ConfirmAddress>().RunAsync(reader.Id!.Value, reader.Email, "test");
            return $"{reader.Name} confirms her address";
        }

        await using var db = stage.Server.OpenDatabase();
        var seats = await db.Seats.AsNoTracking().ToListAsync();
        var group = seats.Select(seat => seat.SubscriptionId.Value).Distinct().Single();
        var hers = seats.FirstOrDefault(seat => seat.ReaderId == reader.Id && seat.EndedAt is null);
        return hers is null
            ? await PostAsync($"/api/subscriptions/{group}/seats", reader, $$"""{"readerId":"{{reader.Id!.Value.Value}}"}""")
            : await PostAsync($"/api/seats/{hers.Id}/withdraw", reader);
    }

    private async Task<string> PostAsync(string path, StageReader reader, string? json = null)
    {
        using var answer = await stage.Server.PostAsync(path, json, Guid.NewGuid().ToString("N"));
        return string.Create(CultureInfo.InvariantCulture, $"{reader.Name}: {path} {json} gives {(int)answer.StatusCode}");
    }
}
