"""What tests run in processes of their own, which import no test module and no Django."""
