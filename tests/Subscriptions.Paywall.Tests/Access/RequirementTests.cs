namespace Subscriptions.Paywall.Tests.Access;

public sealed class RequirementTests
{
    [TestCase("free", "free")]
    [TestCase(" Registered ", "registered")]
    [TestCase("METERED", "metered")]
    [TestCase("subscriber", "subscriber")]
    [TestCase("subscriber:Archive", "subscriber:archive")]
    [TestCase("subscriber:puzzles+archive", "subscriber:archive+puzzles")]
    [TestCase("subscriber:subscriber", "subscriber")]
    public void A_requirement_is_read_from_its_text(string text, string canonical)
    {
        Assert.That(Requirement.TryParse(text, out var requirement), Is.True);
        Assert.That(requirement!.Text, Is.EqualTo(canonical));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("everybody")]
    [TestCase("subscriber:")]
    [TestCase("subscriber:a b")]
    [TestCase("subscriber:<script>")]
    [TestCase("registered:archive")]
    public void Anything_else_is_no_requirement(string? text) => Assert.That(Requirement.TryParse(text, out _), Is.False);

    [TestCase("free", "metered", "metered")]
    [TestCase("registered", "subscriber", "subscriber")]
    [TestCase("subscriber:archive", "subscriber", "subscriber:archive")]
    [TestCase("subscriber:archive", "subscriber:puzzles", "subscriber:archive+puzzles")]
    [TestCase("subscriber:a+b", "subscriber:a", "subscriber:a+b")]
    public void The_strictest_of_two_asks_what_both_ask_in_either_order(string one, string other, string both)
    {
        _ = Requirement.TryParse(one, out var first);
        _ = Requirement.TryParse(other, out var second);

        Assert.That(first!.And(second!).Text, Is.EqualTo(both));
        Assert.That(second!.And(first!), Is.EqualTo(first.And(second)));
    }
}
